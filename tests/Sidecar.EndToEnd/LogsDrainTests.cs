using System.Globalization;
using System.Text.Json;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// The pod is stopped: app and sidecar get SIGTERM together, and the app goes on writing.
public sealed class LogsDrainTests : IAsyncDisposable
{
    private const string Group = "/test/drained";

    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _volume.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_app_that_writes_for_three_seconds_after_the_signal_with_pauses_loses_no_line()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        await using var sidecar = await StartAsync(cloudWatch, ("LOGS_QUIET_PERIOD", "2s"));
        await using var app = ChildProcess.Start("/bin/sh", ["-c", SlowToStop]);
        await app.WaitForLineAsync(line => line == "ready", cancellation: Cancellation);

        app.Terminate();
        sidecar.Terminate();

        Assert.Equal(0, await sidecar.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(
            ["started", "stopping 1", "stopping 2", "stopping 3", "stopping 4", "gone"], Stored(cloudWatch, "app.log"));
        Assert.Equal(["written at the end, without a newline"], Stored(cloudWatch, "late.log"));
        Assert.EndsWith("0 bytes stayed behind.", LastLine(sidecar), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_that_is_known_to_be_gone_is_not_waited_for()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        var alive = _volume.Write("alive", "");
        await using var sidecar = await StartAsync(
            cloudWatch, ("LOGS_QUIET_PERIOD", "1h"), ("SIDECAR_SHUTDOWN_WAIT_FOR", $"file:{alive}"), ("SIDECAR_SHUTDOWN_TIMEOUT", "1h"));
        _volume.Append("app/app.log", "one\n");

        sidecar.Terminate();
        await sidecar.Process.WaitForLineAsync(line => line.Contains("Serving on until", StringComparison.Ordinal), cancellation: Cancellation);
        _volume.Append("app/app.log", "two\nhalf");
        File.Delete(alive);

        Assert.Equal(0, await sidecar.WaitForExitAsync(cancellation: Cancellation));
        Assert.Equal(["one", "two", "half"], Stored(cloudWatch, "app.log"));
    }

    [Fact]
    public async Task A_signal_right_after_a_burst_leaves_nothing_behind()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        await using var sidecar = await StartAsync(cloudWatch, ("LOGS_QUIET_PERIOD", "500ms"));
        var burst = Enumerable.Range(0, 50_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"line {i} of the burst")).ToList();

        _volume.Append("app/app.log", string.Join('\n', burst) + "\n");
        sidecar.Terminate();

        Assert.Equal(0, await sidecar.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(burst, Stored(cloudWatch, "app.log"));
    }

    [Fact]
    public async Task While_the_service_is_away_it_says_how_many_bytes_stay_behind_and_the_next_run_sends_them()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        cloudWatch.Faults.Begin(StandInFault.Unavailable);
        await using var first = await StartAsync(cloudWatch, ("SIDECAR_SHUTDOWN_TIMEOUT", "3s"));
        _volume.Append("app/app.log", "0123456789\n");

        first.Terminate();
        Assert.Equal(0, await first.WaitForExitAsync(cancellation: Cancellation));
        cloudWatch.Faults.End();
        await using var second = await StartAsync(cloudWatch);

        await Eventually.TrueAsync(() => Stored(cloudWatch, "app.log").Count == 1, cancellation: Cancellation);
        Assert.Contains("11 bytes stayed behind;", LastLine(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_written_after_the_drain_call_is_still_sent_before_the_end()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        await using var sidecar = await StartAsync(cloudWatch, ("LOGS_QUIET_PERIOD", "200ms"), ("LOGS_FLUSH_INTERVAL", "1m"));
        _volume.Append("app/app.log", "before\n");
        await sidecar.PostAsync("/control/drain", Cancellation);
        await Eventually.TrueAsync(() => Stored(cloudWatch, "app.log").Count == 1, cancellation: Cancellation);

        _volume.Append("app/app.log", "after\n");
        sidecar.Terminate();

        Assert.Equal(0, await sidecar.WaitForExitAsync(cancellation: Cancellation));
        Assert.Equal(["before", "after"], Stored(cloudWatch, "app.log"));
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once_says_how_many_bytes_stay_behind_and_complains_of_nothing()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        cloudWatch.Faults.Begin(StandInFault.Unavailable);
        // It looks at its files all the time.
        await using var sidecar = await StartAsync(cloudWatch, ("LOGS_QUIET_PERIOD", "1h"), ("SIDECAR_SHUTDOWN_TIMEOUT", "1h"), ("LOGS_POLL_INTERVAL", "10ms"));
        foreach (var file in Enumerable.Range(0, 200))
            _volume.Append(string.Create(CultureInfo.InvariantCulture, $"app/{file}.log"), "01234\n");
        await sidecar.Process.WaitForLineAsync(line => line.Contains("are not taken", StringComparison.Ordinal), cancellation: Cancellation);
        sidecar.Terminate();
        await sidecar.Process.WaitForLineAsync(line => line.Contains("Following the files", StringComparison.Ordinal), cancellation: Cancellation);

        foreach (var file in Enumerable.Range(0, 200))
            _volume.Append(string.Create(CultureInfo.InvariantCulture, $"app/{file}.log"), "56789\n");
        sidecar.Terminate();

        Assert.Equal(1, await sidecar.WaitForExitAsync(cancellation: Cancellation));
        Assert.Contains("A second signal", LastLine(sidecar), StringComparison.Ordinal);
        Assert.Contains("bytes stayed behind; the next run sends them", LastLine(sidecar), StringComparison.Ordinal);
    }

    private string SlowToStop =>
        $"""
        log={_volume.PathOf("app")}
        mkdir -p $log
        stop() {Braced("for n in 1 2 3 4; do sleep 0.7; echo stopping $n >> $log/app.log; done; sleep 0.7; echo gone >> $log/app.log; printf 'written at the end, without a newline' > $log/late.log; exit 0;")}
        trap stop TERM
        echo started >> $log/app.log
        echo ready
        while true; do sleep 0.1; done
        """;

    private static string Braced(string script) => "{ " + script + " }";

    private static string LastLine(SidecarProcess sidecar) => JsonDocument.Parse(sidecar.Output[^1]).RootElement.GetProperty("message").GetString()!;

    private static List<string> Stored(CloudWatchStandIn cloudWatch, string stream) => [.. cloudWatch.Events(Group, stream).Select(one => one.Text)];

    private Task<SidecarProcess> StartAsync(CloudWatchStandIn cloudWatch, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LOGS_PATHS"] = _volume.PathOf("app/*.log"),
            ["LOGS_GROUP"] = Group,
            ["LOGS_STREAM"] = "{file}",
            ["LOGS_MULTILINE"] = "off",
            ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
            ["AWS_REGION"] = cloudWatch.Region,
            ["AWS_ACCESS_KEY_ID"] = cloudWatch.Credentials.AccessKey,
            ["AWS_SECRET_ACCESS_KEY"] = cloudWatch.Credentials.SecretKey,
            ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = cloudWatch.Url.ToString(),
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
    }
}
