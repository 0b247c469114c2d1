using Sidecar.Ambassador.Http.WebSockets;

namespace Sidecar.Ambassador.Tests.Http.WebSockets;

public sealed class FrameBoundaryTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(125, false)]
    [InlineData(126, false)]
    [InlineData(65535, false)]
    [InlineData(65536, false)]
    [InlineData(70, true)]
    [InlineData(0, true)]
    [InlineData(70000, true)]
    public void A_frame_ends_where_its_length_says_however_its_bytes_come(int length, bool isMasked)
    {
        var frame = Frame(length, isMasked);
        byte[] three = [.. frame, .. frame, .. frame];

        foreach (var step in (int[])[1, 2, 3, 7, 4096, three.Length])
        {
            var boundary = new FrameBoundary();
            var ends = new List<int>();
            for (var at = 0; at < three.Length;)
            {
                at += boundary.TakeToEndOfFrame(three.AsSpan(at, Math.Min(step, three.Length - at)));
                if (boundary.IsBetweenFrames) ends.Add(at);
            }

            Assert.Equal([frame.Length, 2 * frame.Length, 3 * frame.Length], ends);
        }
    }

    private static byte[] Frame(int length, bool isMasked)
    {
        var mask = isMasked ? 0x80 : 0;
        byte[] header = length switch
        {
            < 126 => [0x82, (byte)(length | mask)],
            < 65536 => [0x82, (byte)(126 | mask), (byte)(length >> 8), (byte)length],
            _ => [0x82, (byte)(127 | mask), 0, 0, 0, 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length],
        };
        return [.. header, .. isMasked ? new byte[] { 0x88, 0x81, 0x7f, 0x80 } : [], .. Enumerable.Repeat((byte)0x88, length)];
    }
}
