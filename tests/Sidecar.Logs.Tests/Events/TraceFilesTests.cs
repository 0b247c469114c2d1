using System.Text;
using LogTraces;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class TraceFilesTests
{
    private const int Seed = 20260102;

    private static readonly int Count = LongRun.Of(1_000, 20_000);

    public static TheoryData<string> Names => [.. TraceFiles.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_event_comes_out_as_it_was_written_however_the_file_is_read(string name)
    {
        var events = TraceFiles.EventsOf(name, Count, Seed).ToList();
        var bytes = Encoding.UTF8.GetBytes(string.Concat(events.Select(one => one + "\n")));

        Assert.Equal(events, Cut(bytes, () => bytes.Length));
        var random = new Random(Seed);
        Assert.Equal(events, Cut(bytes, () => random.Next(1, 40_000)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_event_of_a_UTF16_file_comes_out_as_it_was_written(string name)
    {
        var events = TraceFiles.EventsOf(name, Count / 10, Seed + 1).ToList();
        var bytes = Encoding.Unicode.GetBytes("\uFEFF" + string.Concat(events.Select(one => one + "\r\n")));

        Assert.Equal(events, Cut(bytes, () => 30_001, TextEncoding.Utf16LittleEndian));
    }

    /// As the file is read: chunk after chunk, each from where the last cut ended.
    private static List<string> Cut(byte[] bytes, Func<int> chunk, TextEncoding encoding = TextEncoding.Utf8)
    {
        var events = new List<string>();
        var room = new MessageRoom();
        var place = Cutting.Start with { Encoding = encoding };
        for (var end = 0; end < bytes.Length;)
        {
            end = Math.Min(bytes.Length, end + chunk());
            var read = bytes.AsMemory((int)place.Offset, end - (int)place.Offset);
            var cutter = new EventCutter(read.Span, place, 1_048_550, Multiline.Auto, end == bytes.Length ? Finality.Group : Finality.None);
            while (cutter.TryNext(out var cut))
            {
                events.Add(Encoding.UTF8.GetString(EventText.Of(ref cutter, ref cut, read.Slice(cut.From, cut.Length), 1_048_550, room).Span));
                place = place with { Tally = cutter.Tally };
            }

            place = place with { Offset = place.Offset + cutter.Consumed };
        }

        return events;
    }
}
