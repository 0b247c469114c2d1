using Sidecar.Logs.Tests.Destination;
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

    private static void RenameAfter(TimeSpan wait, string path)
    {
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < wait;)
            Thread.SpinWait(10);
        File.Move(path + ".1", path + ".2");
    }

    /// The kernel's clock of files moves this seldom.
    private async Task OneTickAsync()
    {
        var first = File.GetLastWriteTimeUtc(_volume.Write("clock", "x"));
        await Eventually.TrueAsync(() => File.GetLastWriteTimeUtc(_volume.Write("clock", "x")) > first);
    }

    private HandAgent NewAgent() => new(
        new LogsOptions([Sources.Of(_volume.PathOf("*.log"))], [_volume.PathOf("state")], _volume.PathOf("state"), "host") { FlushInterval = TimeSpan.Zero },
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
