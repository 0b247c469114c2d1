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
