using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Demo.Acts;

/// The Redis master dies; Sentinel makes the replica master; the old one comes back and must not be believed.
internal sealed class RedisAct(Stage stage, Narrator narrator)
{
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(3);

    private DateTimeOffset _killedAt;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (old, next) = (stage.Redis[0], stage.Redis[1]);
        narrator.Act($"kill -9 of the Redis master {old.Address} (pid {old.ProcessId}); Sentinel notices after 1 s");
        _killedAt = TimeProvider.System.GetUtcNow();
        await old.KillAsync();
        await Eventually.TrueAsync(
            () => IsMasterAsync(next),
            TimeSpan.FromSeconds(15),
            cancellation,
            $"Sentinel makes {next.Address} master");
        narrator.Say("sentinel", string.Create(
            CultureInfo.InvariantCulture, $"{next.Address} is master now, {(TimeProvider.System.GetUtcNow() - _killedAt).TotalSeconds:0.0} s after the kill"));
        await Pause.OfAsync(3, cancellation);
        narrator.Say("ambassador", await Status.DegradedAsync(stage, "ambassador", cancellation));
        await old.StartAgainAsync();
        stage.NoteId(old.ProcessId);
        narrator.Say("demo", $"the old master {old.Address} is back (pid {old.ProcessId}) and still takes itself for the master");
        await Pause.OfAsync(3, cancellation);
    }

    private static async Task<bool> IsMasterAsync(RedisServer server)
    {
        try
        {
            return (await server.CallAsync("ROLE")).StartsWith("master", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // A Sentinel closes every connection of the server that it promotes.
            return false;
        }
    }

    public Promise Judge(IReadOnlyList<AppCall> calls)
    {
        var failed = calls.Where(call => !call.IsOk).ToList();
        var late = failed.Count(call => call.Start < _killedAt || call.End > _killedAt + Allowed);
        var written = calls.Count(call => call.IsOk && call.Kind == "redis set" && call.Start > _killedAt + Allowed);
        var last = failed.Count == 0 ? 0 : (failed.Max(call => call.End) - _killedAt).TotalSeconds;
        return new Promise(
            $"Redis calls fail only within {Allowed.TotalSeconds:0} s of the kill",
            string.Create(CultureInfo.InvariantCulture, $"{calls.Count} calls, {failed.Count} failed, the last {last:0.0} s after the kill; {written} writes after it"),
            late == 0 && written > 0);
    }
}
