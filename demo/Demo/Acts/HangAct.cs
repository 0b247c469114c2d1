using System.Globalization;
using Sidecar.Testing;

namespace Demo.Acts;

/// The app's worker hangs. Its page still says OK and its process lives; only the file it touches grows old.
internal sealed class HangAct(Stage stage, VerdictWatch verdict, Narrator narrator)
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    public async Task<Promise[]> RunAsync(CancellationToken cancellation)
    {
        var clock = TimeProvider.System;
        narrator.Act("The app's worker hangs; the app's own page goes on saying 200 OK");
        var before = verdict.Changes.Count;
        var hungAt = clock.GetUtcNow();
        await File.WriteAllTextAsync(stage.HangFile, "", cancellation);
        await WaitForAsync(before + 1, cancellation);
        await Pause.OfAsync(2, cancellation);

        narrator.Say("demo", "the worker goes on");
        var freedAt = clock.GetUtcNow();
        File.Delete(stage.HangFile);
        await WaitForAsync(before + 2, cancellation);
        await Pause.OfAsync(1, cancellation);

        var changes = verdict.Changes.Skip(before).ToList();
        var others = verdict.Changes.SkipWhile(change => !change.IsHealthy).Count() - 1 - 2;
        return
        [
            Judge("turns", Stage.HealthFall, "hang", changes.FirstOrDefault(change => !change.IsHealthy).At, hungAt),
            Judge("comes back", Stage.HealthRise, "recovery", changes.FirstOrDefault(change => change.IsHealthy).At, freedAt),
            new Promise("the verdict changes for nothing else", $"{others} other changes since the app was first healthy", others == 0),
        ];
    }

    private static Promise Judge(string what, int times, string cause, DateTimeOffset at, DateTimeOffset since)
    {
        var allowed = (times * Stage.HealthInterval) + Slack;
        var promised = string.Create(CultureInfo.InvariantCulture, $"the verdict {what} within {allowed.TotalSeconds:0.0} s of the {cause} ({times} x {Stage.HealthInterval.TotalSeconds:0.0} s + 1 s)");
        return at == default
            ? new Promise(promised, "it never did", Held: false)
            : new Promise(promised, string.Create(CultureInfo.InvariantCulture, $"{(at - since).TotalSeconds:0.00} s"), at - since <= allowed);
    }

    // Judged afterwards by its time: here only a verdict that never turns is waited for in vain.
    private async Task WaitForAsync(int changes, CancellationToken cancellation)
    {
        try
        {
            await Eventually.TrueAsync(() => verdict.Changes.Count >= changes, TimeSpan.FromSeconds(8), cancellation, "the verdict changes");
        }
        catch (TimeoutException waited)
        {
            narrator.Say("demo", waited.Message);
        }
    }
}
