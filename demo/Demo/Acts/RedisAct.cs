using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Demo.Acts;

/// The Redis master dies; Sentinel makes the replica master; the old one comes back and must not be believed.
internal sealed class RedisAct(Stage stage, Narrator narrator)
{
    /// The app calls from two threads, so no more calls are under way at any moment.
    private const int AppThreads = 2;

    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(3);

    /// Of the journal's start and duration.
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(2);

    private DateTimeOffset _killedAt;
    private DateTimeOffset _deadAt;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (old, next) = (stage.Redis[0], stage.Redis[1]);
        narrator.Act($"kill -9 of the Redis master {old.Address} (pid {old.ProcessId}); Sentinel notices after 1 s");
        _killedAt = TimeProvider.System.GetUtcNow();
        await old.KillAsync();
        _deadAt = TimeProvider.System.GetUtcNow();
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

    /// An INCR under way at the kill, one a thread, is told that nobody knows whether it was executed: to say anything else would be a lie.
    public Promise Judge(IReadOnlyList<AppCall> calls)
    {
        var failures = calls.Where(call => !call.IsOk).ToList();
        foreach (var call in failures)
            narrator.Say("demo", string.Create(CultureInfo.InvariantCulture, $"{call.Kind} {(call.Start - _killedAt).TotalSeconds:+0.000;-0.000} s from the kill, {call.Took.TotalMilliseconds:0} ms: {call.Outcome}"));
        int unknown = failures.Count(call =>
            call.Kind == "redis incr" && call.Start <= _deadAt && call.Start + call.Took >= _killedAt - Rounding
            && call.Outcome.Contains("may or may not have been executed", StringComparison.Ordinal));
        int written = calls.Count(call => call.IsOk && call.Kind == "redis set" && call.Start > _killedAt + Allowed);
        var longest = calls.Max(call => call.Took);
        string aside = unknown == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {unknown} of them INCR under way at the kill, whose fate nobody knows");
        return new Promise(
            $"0 Redis calls failed, none took {Allowed.TotalSeconds:0} s",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{calls.Count} calls, {failures.Count} failed{aside}; the longest took {longest.TotalSeconds:0.0} s; {written} writes after {Allowed.TotalSeconds:0} s"),
            failures.Count == unknown && unknown <= AppThreads && longest < Allowed && written > 0);
    }
}
