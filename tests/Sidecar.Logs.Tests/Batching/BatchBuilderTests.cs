using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Batching;

public sealed partial class BatchBuilderTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture);

    private const long PartialMs = 5000;
    private static readonly TailTimeouts Timeouts = new(TimeSpan.FromMilliseconds(PartialMs), TimeSpan.Zero);

    private readonly TempVolume _volume = new();
    private readonly List<FileTail> _tails = [];

    public void Dispose()
    {
        foreach (var tail in _tails)
            tail.Dispose();
        _volume.Dispose();
    }

    [Fact]
    public void Whatever_the_files_hold_each_batch_keeps_the_rules_and_nothing_is_lost_or_repeated()
    {
        var lines = Gen.Choose(0, 9).SelectMany(kind => kind switch
        {
            0 => Gen.Constant("\n"u8.ToArray()),
            1 => Gen.Choose(1_000_000, 1_200_000).Select(length => Line(new string('x', length))),
            2 => Gen.Choose(300_000, 800_000).Select(length => Line(string.Concat(Enumerable.Repeat("€", length)))),
            3 => Gen.Choose(0, 100).Select(hours => Line(Now.AddHours(-hours).ToString("yyyy-MM-ddTHH:mm:ss.fffZ") + " dated")),
            4 => Gen.Choose(1, 15_000).Select(count => Line(string.Join('\n', Enumerable.Repeat("s", count)))),
            _ => Gen.Choose(1, 3000).Select(length => Line(new string('y', length))),
        });
        var files = lines.ArrayOf(12).Select(many => many.SelectMany(bytes => bytes).ToArray());

        Prop.ForAll(files.ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (bytes, groups) =>
        {
            var (stream, tail) = Open(bytes, groups);
            var shipped = new SortedDictionary<long, string>();
            while (Build(stream) is { } batch)
            {
                using (batch)
                {
                    if (!batch.Events.IsEmpty)
                        BatchRules.Hold(batch);
                    foreach (var one in batch.Events.Span)
                        shipped.Add(one.Start, Encoding.UTF8.GetString(one.Message.Span));
                    tail.Bookmark = batch.Ranges.Single().End;
                }
            }

            Assert.Equal(bytes.Length, tail.Bookmark.Offset);
            Assert.Equal(Flat(Encoding.UTF8.GetString(bytes)), Flat(string.Concat(shipped.Values)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_replaced_and_still_fit()
    {
        var bytes = Enumerable.Repeat((byte)0xff, 1_048_550).Append((byte)'\n').ToArray();
        var (stream, tail) = Open(bytes);
        var replaced = 0;
        while (Build(stream) is { } batch)
        {
            using (batch)
            {
                BatchRules.Hold(batch);
                replaced += batch.Events.ToArray().Sum(one => Encoding.UTF8.GetString(one.Message.Span).Count(c => c == '\uFFFD'));
                tail.Bookmark = batch.Ranges.Single().End;
            }
        }

        Assert.Equal(1_048_550, replaced);
    }

    [Fact]
    public void The_largest_message_that_the_service_takes_is_sent_whole_and_one_byte_more_is_split()
    {
        Assert.Equal([1_048_550], Lengths(new string('x', 1_048_550) + "\r\n"));
        Assert.Equal([1_048_537, 84], Lengths(new string('x', 1_048_551) + "\n"));
    }

    [Fact]
    public void A_line_that_never_ends_is_sent_in_pieces_without_waiting_for_its_end()
    {
        Assert.Equal([1_048_537, 1_048_524], Lengths(new string('x', 2_500_000)));
    }

    [Fact]
    public void A_line_is_cut_into_the_same_pieces_when_each_is_taken_by_another_run()
    {
        var text = new string('x', 2_500_000) + "\nnext\n" + new string('y', 400_000) + "\n";
        var (stream, tail) = Open(Encoding.UTF8.GetBytes(text));
        var inOneRun = Ship(stream, tail, _ => { });
        (stream, tail) = Open(Encoding.UTF8.GetBytes(text));

        Assert.Equal(inOneRun, Ship(stream, tail, between => between.Place = null));
        Assert.Equal(5, inOneRun.Count);
    }

    [Fact]
    public void What_was_learnt_of_a_file_is_learnt_again_by_another_run()
    {
        var random = new Random(7);
        var text = new StringBuilder();
        while (text.Length < 6_000_000)
        {
            var isShaped = random.Next(3) == 0;
            for (var i = random.Next(3000); i > 0; i--)
                text.Append(isShaped && random.Next(3) > 0 ? "2026-01-02 03:04:05 INFO " : random.Next(20) == 0 ? "\t" : "").Append('x', random.Next(1, 90)).Append('\n');
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        var (stream, tail) = Open(bytes, groups: true);
        var inOneRun = Ship(stream, tail, _ => { });
        (stream, tail) = Open(bytes, groups: true);

        Assert.Equal(inOneRun, Ship(stream, tail, between => between.Place = null));
        Assert.Contains(inOneRun, message => message.Count(c => c == '\n') > 20);
    }

    [Fact]
    public void Each_encoding_is_shipped_as_UTF8_with_the_offsets_of_the_file()
    {
        foreach (var (encoding, bytes) in new[]
        {
            (TextEncoding.Latin1, Encoding.Latin1.GetBytes("é\nb\n")),
            (TextEncoding.Utf16, Encoding.Unicode.GetBytes("\uFEFFé\nb\n")),
            (TextEncoding.Utf16, Encoding.Unicode.GetBytes("é\nb\n")),
            (TextEncoding.Utf16, Encoding.BigEndianUnicode.GetBytes("\uFEFFé\nb\n")),
            (TextEncoding.Utf16BigEndian, Encoding.BigEndianUnicode.GetBytes("é\nb\n")),
        })
        {
            var (stream, tail) = Open(bytes, encoding: encoding);
            using var batch = Build(stream)!;

            Assert.Equal(["é", "b"], batch.Events.ToArray().Select(one => Encoding.UTF8.GetString(one.Message.Span)));
            Assert.Equal(bytes.Length, batch.Ranges.Single().End.Offset);
            Assert.Equal([0, batch.Events.Span[1].Start], batch.Events.ToArray().Select(one => one.Start));
            Assert.Equal(bytes.Length, batch.Events.Span[1].End);
        }
    }

    [Fact]
    public void One_banner_with_a_time_does_not_date_all_that_follows()
    {
        var (stream, _) = Open(
            Encoding.UTF8.GetBytes("2026-01-01T12:00:00Z banner\n" + string.Concat(Enumerable.Repeat("line\n", 2000))));

        using var batch = Build(stream)!;

        Assert.Equal(Now.ToUnixTimeMilliseconds(), batch.Events.Span[^1].TimestampMs);
    }

    [Fact]
    public void Two_files_of_one_stream_share_a_batch_and_each_has_its_range()
    {
        var stream = new LogStream(new StreamTarget("/test", "both"));
        foreach (var name in (string[])["a.log", "b.log"])
        {
            var tail = FileTail.Open(Sources.Of("/x"), _volume.Write(name, name + "\n"), 0, out _)!;
            _tails.Add(tail);
            stream.Add(tail);
        }

        using var batch = Build(stream)!;

        Assert.Equal(["a.log", "b.log"], batch.Events.ToArray().Select(one => Encoding.UTF8.GetString(one.Message.Span)));
        Assert.Equal(_tails.Select(tail => (tail.Identity, 0L, 6L, 1)), batch.Ranges.Select(one => (one.File, one.Start, one.End.Offset, one.Events)));
    }

    [Fact]
    public void What_an_older_file_of_a_name_holds_back_comes_before_all_of_the_newer_ones()
    {
        var (stream, old, _) = LineageOf("half a line", "second\n", "third\n");

        Assert.Null(Build(stream, PartialMs - 1));
        File.AppendAllText(old.Path, " and its end\n");
        old.Poll(PartialMs - 1, Timeouts);

        using var batch = Build(stream, PartialMs - 1)!;
        Assert.Equal(["half a line and its end", "second", "third"], MessagesOf(batch));
    }

    [Fact]
    public void A_file_that_is_written_to_although_it_lost_its_name_keeps_the_newer_one_waiting_for_the_partial_timeout_at_most()
    {
        var (stream, old, newer) = LineageOf("half a line", "second\n");
        File.AppendAllText(old.Path, ", another half");
        old.Poll(PartialMs - 1, Timeouts);
        stream.Next = newer;

        Assert.Null(Build(stream, PartialMs - 1));

        using var batch = Build(stream, PartialMs)!;
        Assert.Equal(["second"], MessagesOf(batch));
    }

    [Fact]
    public void Nothing_is_taken_of_a_file_before_those_that_bore_its_name_were_looked_for()
    {
        var (stream, _, newer) = LineageOf("first\n", "second\n");
        newer.IsEarly = true;

        using (var batch = Build(stream, 0)!)
            Assert.Equal(["first"], MessagesOf(batch));
        newer.IsEarly = false;
        using (var batch = Build(stream, 0)!)
            Assert.Equal(["first", "second"], MessagesOf(batch));
    }

    [Fact]
    public void What_is_found_of_an_older_file_stands_before_the_newer_ones_of_its_name_whatever_other_files_feed_the_stream()
    {
        var (stream, old, newer) = LineageOf("first\n", "third\n");
        var other = OpenAs("other.log", "other\n");
        stream.Add(other);
        var found = OpenAs("app.log.missed", "second\n");
        (found.Name, found.IsStray, found.LostNameAt) = (newer.Path, true, 0);

        stream.Add(found);

        Assert.Equal([old, found, newer, other], stream.Files);
    }

    [Fact]
    public void Nothing_but_empty_lines_is_acknowledged_without_being_sent()
    {
        var (stream, _) = Open("\n\r\n\n"u8.ToArray());

        using var batch = Build(stream)!;

        Assert.True(batch.Events.IsEmpty);
        Assert.Equal(4, batch.Ranges.Single().End.Offset);
    }

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");

    private static string Flat(string text) => Marks().Replace(text, "").Replace("\n", "");

    [GeneratedRegex(@"\[sidecar-logs: cut at byte \d+\]")]
    private static partial Regex Marks();

    private static LogBatch? Build(LogStream stream, long now = 0) => new BatchBuilder(Timeouts).Build(stream, Now, now);

    private static IEnumerable<string> MessagesOf(LogBatch batch) =>
        batch.Events.ToArray().Select(one => Encoding.UTF8.GetString(one.Message.Span));

    /// Files that bore one name after another, all but the last of which have lost it; the first and the last of them.
    private (LogStream Stream, FileTail Oldest, FileTail Newest) LineageOf(params string[] texts)
    {
        var stream = new LogStream(new StreamTarget("/test", "succession"));
        foreach (var text in texts[..^1])
        {
            var tail = OpenAs($"app.log.{_tails.Count}", text);
            (tail.Name, tail.IsStray, tail.LostNameAt) = (_volume.PathOf("app.log"), true, 0);
            stream.Add(tail);
        }

        stream.Add(OpenAs("app.log", texts[^1]));
        return (stream, stream.Files[0], stream.Files[^1]);
    }

    private FileTail OpenAs(string name, string text)
    {
        var tail = FileTail.Open(Sources.Of("/x"), _volume.Write(name, text), 0, out _)!;
        _tails.Add(tail);
        return tail;
    }

    private List<int> Lengths(string text)
    {
        var (stream, tail) = Open(Encoding.UTF8.GetBytes(text));
        return [.. Ship(stream, tail, _ => { }).Select(Encoding.UTF8.GetByteCount)];
    }

    private static List<string> Ship(LogStream stream, FileTail tail, Action<FileTail> between)
    {
        var messages = new List<string>();
        while (Build(stream) is { } batch)
        {
            using (batch)
            {
                BatchRules.Hold(batch);
                messages.AddRange(batch.Events.ToArray().Select(one => Encoding.UTF8.GetString(one.Message.Span)));
                tail.Bookmark = batch.Ranges.Single().End;
                between(tail);
            }
        }

        return messages;
    }

    private (LogStream Stream, FileTail Tail) Open(
        byte[] bytes, bool groups = false, TextEncoding encoding = TextEncoding.Utf8)
    {
        var path = _volume.PathOf($"{_tails.Count}.log");
        File.WriteAllBytes(path, bytes);
        var tail = FileTail.Open(Sources.Of(path, lines: groups ? "auto" : "off", encoding: encoding), path, 0, out _)!;
        _tails.Add(tail);
        var stream = new LogStream(new StreamTarget("/test", "stream"));
        stream.Add(tail);
        return (stream, tail);
    }
}
