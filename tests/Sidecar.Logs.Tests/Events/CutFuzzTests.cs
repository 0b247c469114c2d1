using System.Text;
using System.Text.Unicode;
using LogTraces;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Tests.Events;

public sealed class CutFuzzTests
{
    private const int Max = 300;

    private static readonly string[] Ways = ["auto", "off", "java", "python", "go", "start:^[0-9]"];

    private static readonly string[] Texts =
    [
        "\n", "\n", "\r\n", "\r", "\0", "\uFEFF", "€", "😀", "ö", " ", "\t", "2026-01-02 03:04:05 INFO ", "\tat a.b(C.java:1)\n", "Caused by: x\n",
        "Traceback (most recent call last):\n", "  File \"x\"\n", "KeyError: 'x'\n", "goroutine 1 [running]:\n", "main.main()\n", "}\n", "{\"a\":1}\n", "ERROR ", ":",
        "Jan 02, 2026 3:04:05 AM x\n", "SEVERE: y\n", "    ^\n", "#0 {main}\n",
    ];

    [Theory]
    [InlineData(TextEncoding.Utf8)]
    [InlineData(TextEncoding.Latin1)]
    [InlineData(TextEncoding.Utf16LittleEndian)]
    [InlineData(TextEncoding.Utf16BigEndian)]
    internal void Whatever_the_bytes_and_however_they_come_every_byte_is_in_one_event_that_fits_and_the_events_are_the_same(TextEncoding encoding)
    {
        var random = new Random(20260102 + (int)encoding);
        for (var run = LongRun.Of(2_000, 300_000); run > 0; run--)
        {
            var bytes = Any(random, encoding);
            var lines = Multiline.Read(Ways[random.Next(Ways.Length)]).Value!;

            var whole = Cut(bytes, encoding, lines, () => bytes.Length);

            Assert.Equal(bytes.Length, whole.Sum(one => one.Bytes));
            Assert.All(whole, one => Assert.InRange(one.Message.Length, 0, Max));
            Assert.All(whole, one => Assert.True(Utf8.IsValid(one.Message)));
            var longest = random.Next(1, 500);
            var chunks = Cut(bytes, encoding, lines, () => random.Next(1, longest + 1));
            Assert.Equal(whole.Select(Show), chunks.Select(Show));
        }
    }

    /// Events with the bytes that they stand for; what is left at the end as one without a message.
    private static List<(byte[] Message, long Bytes)> Cut(byte[] bytes, TextEncoding encoding, Multiline lines, Func<int> chunk)
    {
        var events = new List<(byte[], long)>();
        var room = new MessageRoom();
        var place = Cutting.Start with { Encoding = encoding };
        for (var end = 0; end < bytes.Length || place.Offset == 0;)
        {
            end = Math.Min(bytes.Length, end + chunk());
            var read = bytes.AsMemory((int)place.Offset, end - (int)place.Offset);
            var cutter = new EventCutter(read.Span, place, Max, lines, end == bytes.Length ? Finality.Line : Finality.None);
            while (cutter.TryNext(out var cut))
            {
                var message = EventText.Of(ref cutter, ref cut, read.Slice(cut.From, cut.Length), Max, room).ToArray();
                Assert.NotEmpty(message);
                events.Add((message, cutter.OffsetOf(cut.End) - place.Offset));
                place = new CutPlace(cutter.OffsetOf(cut.End), encoding, cut.GoesOn, cutter.Tally);
                read = bytes.AsMemory((int)place.Offset, end - (int)place.Offset);
                cutter = new EventCutter(read.Span, place, Max, lines, end == bytes.Length ? Finality.Line : Finality.None);
            }

            if (end == bytes.Length)
            {
                events.Add(([], cutter.OffsetOf(cutter.Consumed) - place.Offset));
                break;
            }
        }

        return events;
    }

    private static byte[] Any(Random random, TextEncoding encoding)
    {
        var bytes = new List<byte>();
        for (var count = random.Next(1, 60); count > 0; count--)
        {
            switch (random.Next(8))
            {
                case 0:
                    var any = new byte[random.Next(8)];
                    random.NextBytes(any);
                    bytes.AddRange(any);
                    break;
                case 1:
                    bytes.AddRange(Encode(new string((char)random.Next('a', 'z'), random.Next(400)), encoding));
                    break;
                case 2 when random.Next(5) == 0:
                    bytes.AddRange(Encode(string.Join('\n', TraceFiles.EventsOf("mixed", 2, random.Next())), encoding));
                    break;
                default:
                    bytes.AddRange(Encode(Texts[random.Next(Texts.Length)], encoding));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Encode(string text, TextEncoding encoding) => encoding switch
    {
        TextEncoding.Utf8 => Encoding.UTF8.GetBytes(text),
        TextEncoding.Latin1 => Encoding.Latin1.GetBytes(text),
        TextEncoding.Utf16LittleEndian => Encoding.Unicode.GetBytes(text),
        _ => Encoding.BigEndianUnicode.GetBytes(text),
    };

    private static string Show((byte[] Message, long Bytes) one) => $"{one.Bytes}: {Encoding.UTF8.GetString(one.Message)}";
}
