using System.Globalization;
using System.Text;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Batching;

public sealed class OrderTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-02T12:00:00Z", CultureInfo.InvariantCulture);

    private readonly TempVolume _volume = new();
    private readonly LogStream _stream = new(new StreamTarget("/test", "stream"));
    private readonly List<FileTail> _tails = [];
    private readonly BatchBuilder _builder = new(new TailTimeouts(TimeSpan.FromSeconds(5), TimeSpan.Zero));

    public void Dispose()
    {
        foreach (var tail in _tails)
            tail.Dispose();
        _volume.Dispose();
    }

    [Fact]
    public void An_event_that_is_a_little_earlier_than_the_one_before_stays_behind_it_and_gets_its_time()
    {
        Write("a.log", "2026-01-02T03:00:02Z c\n2026-01-02T03:00:01Z a\n of a\n2026-01-02T02:59:02Z b\n2026-01-02T03:00:03Z d\n");

        var batch = Assert.Single(ShipAll());

        Assert.Equal(["c", "a", "of a", "b", "d"], batch.Select(one => one.Name));
        Assert.Equal(["03:00:02", "03:00:02", "03:00:02", "03:00:02", "03:00:03"], batch.Select(one => one.Time));
    }

    [Fact]
    public void Where_the_time_goes_back_by_more_than_a_minute_the_batch_ends()
    {
        Write("a.log", "2026-01-02T03:00:00Z a\n2026-01-02T02:58:59Z b\n of b\n2026-01-02T02:59:00Z c\n");

        var batches = ShipAll();

        Assert.Equal(["a", "b of b c"], batches.Select(batch => string.Join(' ', batch.Select(one => one.Name))));
        Assert.Equal(["03:00:00", "02:58:59", "02:58:59", "02:59:00"], batches.SelectMany(batch => batch.Select(one => one.Time)));
    }

    [Fact]
    public void Lines_that_jump_back_an_hour_all_the_time_neither_become_batches_of_one_line_nor_change_their_order()
    {
        var lines = Enumerable.Range(0, 20_000)
            .Select(i => $"{Now.AddHours(i % 2 == 0 ? -2 : -3).AddSeconds(i / 10):yyyy-MM-ddTHH:mm:ss}Z {i}")
            .ToArray();
        Write("a.log", string.Join('\n', lines) + "\n");

        var batches = ShipAll();

        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"{i}"), batches.SelectMany(batch => batch.Select(one => one.Name)));
        Assert.InRange(batches.Count, 2, 16 + (20_000 / 500) + 1);
    }

    [Fact]
    public void A_few_jumps_keep_every_time_as_the_line_states_it()
    {
        var lines = Enumerable.Range(0, 15)
            .SelectMany(i => new[] { $"2026-01-02T03:00:00Z a{i}", $"2026-01-02T01:00:00Z b{i}" })
            .ToArray();
        Write("a.log", string.Join('\n', lines) + "\n");

        var events = ShipAll().SelectMany(batch => batch).ToList();

        Assert.All(events, one => Assert.Equal(one.Name[0] == 'a' ? "03:00:00" : "01:00:00", one.Time));
    }

    [Fact]
    public void A_line_that_quotes_the_far_future_gets_the_time_of_reading_and_drags_nothing_along()
    {
        Write("a.log", "2026-01-02T03:00:00Z a\n2099-01-01T00:00:00Z b\n of b\n2026-01-02T03:00:01Z c\n2026-01-02T03:00:02Z d\n");

        var events = ShipAll().SelectMany(batch => batch).ToList();

        Assert.Equal(["a", "b", "of b", "c", "d"], events.Select(one => one.Name));
        Assert.Equal(["03:00:00", "12:00:00", "12:00:00", "03:00:01", "03:00:02"], events.Select(one => one.Time));
    }

    [Fact]
    public void Two_minutes_ahead_of_reading_is_believed_and_more_is_not()
    {
        Write("a.log", "2026-01-02T12:02:00Z a\n2026-01-02T12:02:01Z b\n");

        Assert.Equal(["12:02:00", "12:00:00"], ShipAll().SelectMany(batch => batch.Select(one => one.Time)));
    }

    [Fact]
    public void The_rest_of_a_rotated_file_comes_before_the_new_one_in_one_batch()
    {
        var path = Write("new.log", "2026-01-02T03:00:02Z c\n2026-01-02T03:00:03Z d\n");
        Write("old.log", "2026-01-02T03:00:00Z a\n2026-01-02T03:00:01Z b\n", rotatedFrom: path);

        var batch = Assert.Single(ShipAll());

        Assert.Equal("abcd", string.Concat(batch.Select(one => one.Name)));
    }

    [Fact]
    public void A_file_whose_times_are_behind_gets_its_turn_although_the_first_one_never_ends()
    {
        var first = Write("a.log", "2026-01-02T11:59:00Z a0\n");
        Write("b.log", "2026-01-02T03:00:00Z b1\n2026-01-02T03:00:00Z b2\n");
        var names = new List<string>();

        for (var i = 1; i <= 3; i++)
        {
            names.AddRange(Ship()!.Select(one => one.Name));
            File.AppendAllText(first, $"2026-01-02T11:59:00Z a{i}\n");
        }

        Assert.Equal(["a0", "b1", "b2", "a1", "a2"], names);
    }

    [Fact]
    public void A_batch_that_is_built_again_dates_its_lines_as_it_did_before()
    {
        Write("a.log", "no time\n2026-01-02T03:00:00Z a\n of a\n2026-01-02T01:00:00Z b\n");

        var first = Ship(isAcknowledged: false);
        var second = Ship();

        Assert.Equal(first, second);
        Assert.Equal(["12:00:00"], second!.Select(one => one.Time));
    }

    [Fact]
    public void Whatever_the_times_are_every_event_is_sent_once_in_order_and_none_is_moved_back_or_by_more_than_a_minute()
    {
        var random = new Random(6);
        for (var run = 0; run < 20; run++)
        {
            var at = Now.AddDays(-3);
            var stated = new List<DateTimeOffset>();
            for (var i = 0; i < 2000; i++)
            {
                // Over all there are at most as many jumps as a file may have without being doubted.
                at = at.AddSeconds(i % 150 == 149 ? random.Next(-400_000, 100_000) : random.Next(-10, 30));
                at = at > Now ? Now : at;
                stated.Add(at);
            }

            Write($"{run}.log", string.Concat(stated.Select((time, i) => $"{time:yyyy-MM-ddTHH:mm:ss}Z {i}\n")));
            var events = ShipAll().SelectMany(batch => batch).ToList();

            Assert.Equal(Enumerable.Range(0, 2000).Select(i => $"{i}"), events.Select(one => one.Name));
            Assert.All(events, (one, i) => Assert.InRange(one.Ms - stated[i].ToUnixTimeMilliseconds(), 0, 60_000));
        }
    }

    private string Write(string name, string text, string? rotatedFrom = null)
    {
        var path = _volume.Write(name, text);
        var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        (tail.Name, tail.IsStray) = (rotatedFrom, rotatedFrom is not null);
        _tails.Add(tail);
        _stream.Add(tail);
        return path;
    }

    private List<List<Shipped>> ShipAll()
    {
        var batches = new List<List<Shipped>>();
        while (Ship() is { } batch)
            batches.Add(batch);
        return batches;
    }

    private List<Shipped>? Ship(bool isAcknowledged = true)
    {
        foreach (var tail in _tails)
            tail.Poll(0, _builder.Timeouts);
        using var batch = _builder.Build(_stream, Now, 0);
        if (batch is null)
            return null;

        BatchRules.Hold(batch);
        foreach (var range in batch.Ranges.Where(_ => isAcknowledged))
        {
            var tail = _tails.Single(one => one.Identity == range.File);
            tail.Bookmark = range.End;
            tail.Clock = range.Clock;
        }

        return [.. batch.Events.ToArray().Select(one => Shipped.Of(Encoding.UTF8.GetString(one.Message.Span), one.TimestampMs))];
    }

    private readonly record struct Shipped(string Name, string Time, long Ms)
    {
        public static Shipped Of(string message, long ms) => new(
            message.Contains('Z') ? message[(message.IndexOf(' ') + 1)..] : message.Trim(),
            DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            ms);
    }
}
