using System.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Hosting.Tests.Resp;

public sealed class RespValueTests
{
    private static ReadOnlySpan<byte> Types => "+-:,#(_$=!*~>%|"u8;

    [Theory]
    [InlineData("+OK\r\n", "OK")]
    [InlineData("$5\r\nhello\r\n", "hello")]
    [InlineData("$0\r\n\r\n", "")]
    [InlineData("*2\r\n$6\r\nmaster\r\n:42\r\n", "master 42")]
    [InlineData("%1\r\n+role\r\n+master\r\n", "role master")]
    [InlineData("|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n", "v")]
    [InlineData("$-1\r\n", "(null)")]
    [InlineData("*-1\r\n", "(null)")]
    public void A_reply_reads_as_redis_means_it(string frame, string expected)
    {
        Assert.True(RespValue.TryParse(Encoding.UTF8.GetBytes(frame), out var value));

        Assert.Equal(expected, value!.ToString());
    }

    /// Counts that an array, or its doubling for a map, can't hold: they used to end in an OutOfMemoryException or an overflow.
    [Theory]
    [InlineData("*9223372036854775807\r\n")]
    [InlineData("*2147483647\r\n+a\r\n")]
    [InlineData("%4611686018427387904\r\n")]
    [InlineData("%9223372036854775807\r\n+a\r\n")]
    [InlineData("|9223372036854775807\r\n+a\r\n")]
    [InlineData("$9223372036854775807\r\na\r\n")]
    [InlineData("*-2\r\n")]
    [InlineData("$-1")]
    [InlineData("\r\n")]
    public void A_frame_that_holds_less_than_it_says_is_no_reply(string frame) =>
        Assert.False(RespValue.TryParse(Encoding.UTF8.GetBytes(frame), out _));

    [Fact]
    public void A_reply_nested_without_end_is_no_reply()
    {
        var frame = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 100_000)) + ":1\r\n");

        Assert.False(RespValue.TryParse(frame, out _));
    }

    [Fact]
    public void Whatever_arrives_is_a_reply_or_none()
    {
        var random = new Random(FuzzRun.Seed);
        var frame = new byte[512];
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();

        for (var input = 0; input < FuzzRun.Inputs; input++)
        {
            var length = FuzzRun.Fill(random, frame, Types);
            _ = RespValue.TryParse(frame.AsSpan(0, length), out _);
        }

        // A frame of 512 bytes holds at most 170 elements.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocatedBefore, 0, FuzzRun.Inputs * 20_000L);
    }
}
