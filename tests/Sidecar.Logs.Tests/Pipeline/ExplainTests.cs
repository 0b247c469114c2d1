using System.Diagnostics;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Destination;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Pipeline;

public sealed class ExplainTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Says_of_each_file_where_it_goes_and_how_far_it_is()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Volume.Write("two\nlines.log", "");
        _rig.Start();
        await _rig.DrainAsync();
        await _rig.KillAsync();
        _rig.Volume.Append("app.log", "two\n");
        _rig.Volume.Write("later.log", "three\n");

        var lines = Explained();

        Assert.Contains($"{_rig.PathOf("app.log")}  source default -> /test app.log, 4 of 8 bytes acknowledged", lines);
        Assert.Contains($"{_rig.PathOf("later.log")}  source default -> /test later.log, nothing of 6 bytes acknowledged", lines);
        Assert.Contains(lines, line => line.StartsWith(_rig.PathOf("two\\u000alines.log"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Says_where_the_rest_of_a_rotated_file_is()
    {
        foreach (var name in new[] { "plain", "compressed", "gone", "replaced" })
            _rig.Volume.Write($"{name}.log", $"{name}\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 4, cancellation: Cancellation);
        _rig.Destination.Answer = _ => new SendResult.Unavailable("down");
        foreach (var name in new[] { "plain", "compressed", "gone" })
            _rig.Volume.Append($"{name}.log", "rest\n");
        await Eventually.TrueAsync(
            () => CheckpointStore.Read(_rig.PathOf("state"), out _)?.Sum(one => one.Unread) == 3 * "rest\n".Length, cancellation: Cancellation);
        await _rig.KillAsync();
        File.Move(_rig.PathOf("plain.log"), _rig.PathOf("plain.log.1"));
        File.Move(_rig.PathOf("compressed.log"), _rig.PathOf("compressed.log.1"));
        using (var gzip = Process.Start("gzip", _rig.PathOf("compressed.log.1")))
            await gzip.WaitForExitAsync(Cancellation);
        File.Delete(_rig.PathOf("gone.log"));
        File.WriteAllText(_rig.PathOf("replaced.log"), "something else\n");

        var lines = string.Join('\n', Explained());

        Assert.Matches(@"plain\.log  \(\S+\): 6 of 11 bytes acknowledged; the rest is in \S+/plain\.log\.1", lines);
        Assert.Matches(@"compressed\.log  \(\S+\): 11 of 16 bytes acknowledged; the rest may be in \S+/compressed\.log\.1\.gz, compressed", lines);
        Assert.Matches(@"gone\.log  \(\S+\): 5 of 10 bytes acknowledged; it is not in its folder any more", lines);
        Assert.Matches(@"replaced\.log  .* nothing of 15 bytes acknowledged: it holds something else than the 9 bytes that were", lines);
    }

    private string[] Explained()
    {
        using var output = new StringWriter { NewLine = "\n" };
        Explain.Write(_rig.Options, output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
