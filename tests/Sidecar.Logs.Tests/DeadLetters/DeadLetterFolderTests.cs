using System.Text.Json;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Tests.Destination;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.DeadLetters;

public sealed class DeadLetterFolderTests : IDisposable
{
    private const long Limit = 1 << 20;

    private readonly TempVolume _volume = new();
    private readonly LogLines<DeadLetterFolder> _log = new();

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void Each_event_is_a_json_line_that_says_where_it_came_from_and_why_it_is_here()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        using var folder = new DeadLetterFolder(_volume.PathOf("dead"), Limit, time, _log);

        folder.Write(Batches.Target, Batches.At(42, "one \"quoted\"\n\tat é 日本 \u0001").Events.Span, "too_old", _ => "/var/log/app.log");

        var line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(Assert.Single(Files)))).RootElement;
        Assert.Equal(
            ["time", "reason", "group", "stream", "path", "offset", "timestamp", "message"], line.EnumerateObject().Select(one => one.Name));
        Assert.Equal("2026-01-02T03:04:05+00:00", line.GetProperty("time").GetString());
        Assert.Equal("too_old", line.GetProperty("reason").GetString());
        Assert.Equal(("/app/orders", "host-1/app.log"), (line.GetProperty("group").GetString(), line.GetProperty("stream").GetString()));
        Assert.Equal(("/var/log/app.log", 0L, 42L), (line.GetProperty("path").GetString(), line.GetProperty("offset").GetInt64(), line.GetProperty("timestamp").GetInt64()));
        Assert.Equal("one \"quoted\"\n\tat é 日本 \u0001", line.GetProperty("message").GetString());
    }

    [Fact]
    public void Nobody_else_may_read_them()
    {
        using var folder = Open();

        folder.Write(Batches.Target, Batches.Of("a").Events.Span, "poison", _ => "");

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Files[0]));
    }

    [Fact]
    public void At_the_limit_the_oldest_files_go_and_it_is_said_how_many_events_that_were()
    {
        var deleted = 0;
        using var folder = Open(events => deleted += events);
        var message = new string('x', 900);

        for (var i = 0; i < 2000; i++)
            folder.Write(Batches.Target, Batches.Of($"{i} {message}").Events.Span, "poison", _ => "");

        var kept = Files.SelectMany(File.ReadAllLines).Select(NumberOf).ToList();
        Assert.InRange(Files.Sum(file => new FileInfo(file).Length), Limit / 2, Limit);
        Assert.Equal(2000, kept.Count + deleted);
        Assert.Equal(Enumerable.Range(deleted, kept.Count), kept);
        Assert.All(_log.Lines, line => Assert.StartsWith("Error: ", line, StringComparison.Ordinal));
        Assert.Contains("dead letters are lost", _log.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_after_a_crash_never_writes_behind_a_torn_line()
    {
        using (var folder = Open())
            folder.Write(Batches.Target, Batches.Of("before").Events.Span, "poison", _ => "");
        File.AppendAllText(Files[0], "{\"time\":\"20");

        using var next = Open();
        next.Write(Batches.Target, Batches.Of("after").Events.Span, "poison", _ => "");

        Assert.Equal(2, Files.Count);
        Assert.Contains("after", Assert.Single(File.ReadAllLines(Files[1])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_takes_nothing_and_does_so_again_later()
    {
        var path = _volume.Write("dead", "a file is in the way");
        using var folder = Open();
        Assert.ThrowsAny<IOException>(() => folder.Write(Batches.Target, Batches.Of("a").Events.Span, "poison", _ => ""));

        File.Delete(path);
        folder.Write(Batches.Target, Batches.Of("a").Events.Span, "poison", _ => "");

        Assert.Single(File.ReadAllLines(Assert.Single(Files)));
    }

    private List<string> Files => [.. Directory.GetFiles(_volume.PathOf("dead")).Order(StringComparer.Ordinal)];

    private DeadLetterFolder Open(Action<int>? deleted = null) =>
        new(_volume.PathOf("dead"), Limit, TimeProvider.System, _log) { Deleted = deleted ?? (_ => { }) };

    private static int NumberOf(string line) =>
        int.Parse(JsonDocument.Parse(line).RootElement.GetProperty("message").GetString()!.Split(' ')[0]);
}
