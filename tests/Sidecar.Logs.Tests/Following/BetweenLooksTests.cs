using Sidecar.Logs.Tests.Model;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

/// What happens to a file between two looks of the agent, which is turned by hand.
public sealed class BetweenLooksTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1));
    private readonly LogLines<object> _log = new();
    private readonly List<string> _stored = [];

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task Late_lines_of_an_empty_file_that_is_compressed_before_the_next_look_are_sent_once()
    {
        var path = _volume.Write("app.log", "");
        await using var agent = NewAgent();
        await RunAsync(agent);
        File.Move(path, path + ".1");
        _volume.Write("app.log", "new\n");
        await RunAsync(agent);

        _volume.Append("app.log.1", "late\nlater\n");
        File.SetLastWriteTimeUtc(path + ".1", _time.GetUtcNow().UtcDateTime);
        await Gzip.FileAsync(path + ".1");
        for (var looks = 0; looks < 4; looks++)
            await RunAsync(agent);

        Assert.Equal(["late", "later", "new"], _stored.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_generation_that_begins_the_next_one_to_the_byte_but_is_older_is_no_copy_of_it()
    {
        var path = _volume.Write("app.log", "one\n");
        await using (var first = NewAgent())
            await RunAsync(first);

        File.Delete(path);
        _volume.Write("app.log", "==== banner\n");
        await OneTickAsync();
        File.Move(path, path + ".1");
        _volume.Write("app.log", "==== banner\nmore\n");
        _time.Advance(TimeSpan.FromSeconds(1));
        File.SetLastWriteTimeUtc(path + ".1", _time.GetUtcNow().UtcDateTime);
        await using var second = NewAgent();
        for (var looks = 0; looks < 4; looks++)
            await RunAsync(second);

        Assert.Equal(["==== banner", "==== banner", "more", "one"], _stored.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_rest_of_a_truncated_file_is_found_in_its_copy_although_that_is_renamed_meanwhile()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            _stored.Clear();
            var path = _volume.Write("app.log", $"one {round}\n");
            await using var agent = NewAgent();
            await RunAsync(agent);
            _volume.Append("app.log", "rest\n");
            File.Copy(path, path + ".1");
            File.SetLastWriteTimeUtc(path + ".1", _time.GetUtcNow().UtcDateTime);
            _volume.Write("app.log", "new\n");

            var after = TimeSpan.FromMicroseconds(random.Next(1500));
            var renaming = Task.Factory.StartNew(() => RenameAfter(after, path), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await RunAsync(agent);
            await renaming;
            for (var looks = 0; looks < 3; looks++)
                await RunAsync(agent);

            Assert.Equal(["new", $"one {round}", "rest"], _stored.Order(StringComparer.Ordinal));
            Assert.DoesNotContain(_log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
            File.Delete(path);
            File.Delete(path + ".2");
        }
    }

    [Fact]
    public async Task A_generation_that_came_and_went_is_read_before_the_next_one_although_that_is_rotated_while_it_is_opened()
    {
        var path = _volume.Write("app.log", "one\n");
        await using var agent = NewAgent();
        await RunAsync(agent);
        // There is something to send at once.
        _volume.Append("app.log", "more\n");
        await RotateAsync(path, ".1", "two\n");
        await RotateAsync(path, ".2", "three\n");
        await OneTickAsync();
        OnceOpened(() => Rotate(path, ".3", "four\n"));
        for (var looks = 0; looks < 4; looks++)
            await RunAsync(agent);

        Assert.Equal(["one", "more", "two", "three", "four"], _stored);
    }

    [Fact]
    public async Task The_last_event_of_a_file_is_sent_before_the_next_file_although_both_were_opened_in_one_look()
    {
        var path = _volume.Write("app.log", "2026-11-22 10:00:00 one\n");
        await using var agent = NewAgent("auto");
        await RunAsync(agent);
        await RotateAsync(path, ".1", "2026-11-22 10:00:01 two\n");
        LookSoon();
        await agent.ShipAsync();

        // Two have lost this name then, each of them looks what bears it, and there is something to send.
        await RotateAsync(path, ".2", "2026-11-22 10:00:02 three\n");
        await OneTickAsync();
        OnceOpened(() => Rotate(path, ".3", "2026-11-22 10:00:03 four\n2026-11-22 10:00:04 five\n"));
        for (var looks = 0; looks < 20; looks++)
        {
            LookSoon();
            await agent.ShipAsync();
        }

        Assert.Equal(["one", "two", "three", "four", "five"], _stored.Select(line => line.Split(' ')[^1]));

        void LookSoon()
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            agent.Poll();
        }
    }

    /// Right after the next file is opened, and before anything else is looked at.
    private void OnceOpened(Action happens) => _log.OnLine = line =>
    {
        if (!line.Contains("Reading '", StringComparison.Ordinal))
            return;

        _log.OnLine = static _ => { };
        happens();
    };

    private async Task RotateAsync(string path, string suffix, string next)
    {
        await OneTickAsync();
        Rotate(path, suffix, next);
    }

    private void Rotate(string path, string suffix, string next)
    {
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        File.Move(path, path + suffix);
        _volume.Write("app.log", next);
    }

    private static void RenameAfter(TimeSpan wait, string path)
    {
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < wait;)
            Thread.SpinWait(10);
        File.Move(path + ".1", path + ".2");
    }

    /// The kernel's clock of files moves this seldom, and births are told apart by the millisecond.
    private async Task OneTickAsync()
    {
        var first = File.GetLastWriteTimeUtc(_volume.Write("clock", "x"));
        await Eventually.TrueAsync(() => File.GetLastWriteTimeUtc(_volume.Write("clock", "x")) - first > TimeSpan.FromMilliseconds(1));
    }

    private HandAgent NewAgent(string lines = "off") => new(
        new LogsOptions([Sources.Of(_volume.PathOf("*.log"), lines: lines)], [_volume.PathOf("state")], _volume.PathOf("state"), "host") { FlushInterval = TimeSpan.Zero },
        _stored,
        _time,
        _log);

    private async Task RunAsync(HandAgent agent)
    {
        _time.Advance(TimeSpan.FromSeconds(6));
        agent.Scan();
        agent.Poll();
        await agent.ShipAsync();
    }
}
