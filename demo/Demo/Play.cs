using System.Globalization;
using System.Text.Json.Nodes;
using Demo.Acts;
using Sidecar.Testing;

namespace Demo;

/// The whole demo: sets the stage, plays the acts, counts from the app's side, and clears the stage.
internal sealed class Play(DemoOptions options, Narrator narrator)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(85);

    private readonly List<Promise> _promises = [];

    public async Task<int> RunAsync(CancellationToken stopping)
    {
        await using var stage = new Stage(options, narrator);
        using var tooLong = new CancellationTokenSource(Longest, TimeProvider.System);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping, tooLong.Token);
        try
        {
            await PlayAsync(stage, limit.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            narrator.Say("demo", "stopped");
            return 1;
        }
        catch (OperationCanceledException)
        {
            _promises.Add(new Promise($"it ends within {Longest.TotalSeconds:0} s", "it took longer", Held: false));
        }
        catch (Exception broken) when (broken is TimeoutException or InvalidOperationException or HttpRequestException or IOException)
        {
            _promises.Add(new Promise("the demo runs to its end", broken.Message.Split('\n')[0], Held: false));
            narrator.Print(broken.Message);
        }

        narrator.Print($"\n{PromiseTable.Render(_promises)}");
        if (options.Keep)
            await KeepAsync(stage, stopping);
        return _promises.All(promise => promise.Held) ? 0 : 1;
    }

    private bool Has(string sidecar) => options.Sidecars.Contains(sidecar);

    private async Task PlayAsync(Stage stage, CancellationToken cancellation)
    {
        await stage.SetAsync(cancellation);
        using var verdict = new VerdictWatch(stage.VerdictAddress, narrator);
        using var curtain = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watches = new List<Task>();
        if (Has("adapter"))
            watches.Add(verdict.RunAsync(curtain.Token));
        if (Has("ambassador"))
            watches.AddRange(new[] { "redis", "http" }.Select(kind => new CallWatch(stage.Journal, kind, narrator).RunAsync(curtain.Token)));
        try
        {
            if (Has("adapter"))
                await Eventually.TrueAsync(() => verdict.IsHealthy == true, cancellation: cancellation, what: "the adapter says that the app is well");
            await Pause.OfAsync(2, cancellation);
            await ActAsync(stage, verdict, cancellation);
        }
        finally
        {
            await curtain.CancelAsync();
            await Task.WhenAll(watches);
        }

        if (!options.Keep)
            await EndSidecarsAsync(stage, cancellation);
    }

    private async Task ActAsync(Stage stage, VerdictWatch verdict, CancellationToken cancellation)
    {
        var rotation = new LogRotation(stage, narrator);
        var redis = new RedisAct(stage, narrator);
        if (options.Acts.Contains("rotate"))
            await new RotateAct(rotation, narrator).RunAsync(cancellation);
        var throttled = options.Acts.Contains("throttle") ? await new ThrottleAct(stage, rotation, narrator).RunAsync(cancellation) : null;
        if (options.Acts.Contains("backend"))
            await new BackendAct(stage, narrator).RunAsync(cancellation);
        if (options.Acts.Contains("redis"))
            await redis.RunAsync(cancellation);
        Promise[] verdicts = options.Acts.Contains("hang") ? await new HangAct(stage, verdict, narrator).RunAsync(cancellation) : [];

        await CloseAsync(stage, cancellation);
        if (Has("logs"))
            await CountLogsAsync(stage, cancellation);
        if (throttled is not null)
            _promises.Add(throttled);
        var calls = new CallJournalReader(stage.Journal).ReadNew().ToLookup(call => call.Kind.Split(' ')[0]);
        if (Has("ambassador"))
            _promises.Add(JudgeHttp([.. calls["http"]]));
        if (options.Acts.Contains("redis"))
            _promises.Add(redis.Judge([.. calls["redis"]]));
        _promises.AddRange(verdicts);
    }

    /// The app stops writing; what it wrote has to arrive.
    private async Task CloseAsync(Stage stage, CancellationToken cancellation)
    {
        if (options.Keep)
        {
            narrator.Act("The app pauses, so that what it wrote can be compared with what CloudWatch holds");
            await File.WriteAllTextAsync(stage.PauseFile, "", cancellation);
            await Pause.OfAsync(0.5, cancellation);
        }
        else
        {
            narrator.Act("The app closes; what it wrote is compared with what CloudWatch holds");
            stage.App.Terminate();
            await stage.App.WaitForExitAsync(cancellation: cancellation);
        }

        if (!Has("logs"))
            return;

        try
        {
            await Eventually.TrueAsync(
                () => stage.StoredBytes >= stage.WrittenBytes, TimeSpan.FromSeconds(15), cancellation, "every line is stored");
        }
        catch (TimeoutException waited)
        {
            narrator.Say("demo", waited.Message);
        }

        // What is sent twice comes later: a batch whose acknowledgement was lost.
        await Pause.OfAsync(1.5, cancellation);
    }

    private async Task CountLogsAsync(Stage stage, CancellationToken cancellation)
    {
        var logs = LogComparison.Of(stage.LogCopy, stage.StoredShop);
        foreach (var line in logs.Lost.Take(5))
            narrator.Say("demo", $"lost: {line}");
        var control = JsonNode.Parse(await stage.CloudWatchAsync(fault: null, cancellation))!;
        var broken = control["signatureFailures"]!.AsArray().Count + control["ruleViolations"]!.AsArray().Count;
        _promises.Add(new Promise(
            "0 log lines lost, byte for byte",
            $"{logs.Written} lines written, {logs.Lost.Count} lost, {logs.Strange} altered{(logs.IsSameText ? ", same SHA-256 of the whole text" : "")}",
            logs.Written > 0 && logs.IsComplete && logs.Strange == 0));
        _promises.Add(new Promise("0 log lines duplicated", $"{logs.Duplicated} duplicated", logs.Duplicated == 0));
        _promises.Add(new Promise("CloudWatch's limits and signatures are kept", $"{control["batchesStored"]} batches, {broken} broken rules", broken == 0));
    }

    private static Promise JudgeHttp(List<AppCall> calls)
    {
        var failed = calls.Where(call => !call.IsOk).ToList();
        var slowest = calls.Select(call => call.Took).DefaultIfEmpty().Max();
        var first = failed.Count == 0 ? "" : $" ({failed[0].Outcome})";
        return new Promise(
            "0 HTTP calls failed",
            string.Create(CultureInfo.InvariantCulture, $"{calls.Count} calls, {failed.Count} failed{first}, the slowest {slowest.TotalMilliseconds:0} ms"),
            calls.Count > 0 && failed.Count == 0);
    }

    private async Task EndSidecarsAsync(Stage stage, CancellationToken cancellation)
    {
        var clock = TimeProvider.System;
        var asked = clock.GetTimestamp();
        foreach (var sidecar in stage.Sidecars)
            sidecar.Terminate();
        var codes = await Task.WhenAll(stage.Sidecars.Select(sidecar => sidecar.WaitForExitAsync(TimeSpan.FromSeconds(10), cancellation)));
        _promises.Add(new Promise(
            "the sidecars end with 0 on SIGTERM",
            string.Create(CultureInfo.InvariantCulture, $"exit codes {string.Join(", ", codes)}, all ended after {clock.GetElapsedTime(asked).TotalSeconds:0.0} s"),
            codes.All(code => code == 0)));
    }

    private async Task KeepAsync(Stage stage, CancellationToken stopping)
    {
        File.Delete(stage.PauseFile);
        narrator.Print("\nEverything runs on. The status pages:");
        foreach (var (name, port) in stage.AdminPorts)
            narrator.Print(string.Create(CultureInfo.InvariantCulture, $"  {name,-11} http://127.0.0.1:{port}/    http://127.0.0.1:{port}/metrics"));
        narrator.Print($"  {"verdict",-11} {stage.VerdictAddress}\n  {"files",-11} {stage.Folder}");
        narrator.Print(
            $"""

            One request through all of them (docs/tracing.md):
              curl -H 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' {stage.AppAddress}orders/7
              grep -r 0af7651916cd43dd8448eb211c80319c {Path.GetDirectoryName(stage.LogFile)} {stage.AccessFolder} {stage.StoredFolder}

            Ctrl-C ends it all.
            """);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        }
        catch (OperationCanceledException)
        {
            narrator.Say("demo", "stopped");
        }
    }
}
