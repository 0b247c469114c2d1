using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// sidecar-logs is killed without a warning in the middle of its work, again and again.
public sealed class LogsKillTests : IAsyncDisposable
{
    private const string Group = "/test/killed";
    private const int Kills = 4;
    private const int LinesBetweenKills = 4_000;

    private readonly TempVolume _volume = new();
    private int _written;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_it_while_it_ships_loses_no_line_and_repeats_at_most_what_was_under_way()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        // Slow enough that a batch is always under way when the kill comes.
        cloudWatch.Faults.Begin(StandInFault.Slow, delay: TimeSpan.FromMilliseconds(60), operation: "PutLogEvents");
        var settings = Settings(cloudWatch);

        for (var kill = 0; kill < Kills; kill++)
        {
            await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
            var before = cloudWatch.BatchesStored;
            WriteLines(LinesBetweenKills);
            await Eventually.TrueAsync(() => cloudWatch.BatchesStored > before, cancellation: Cancellation);
            sidecar.Kill();
            await sidecar.WaitForExitAsync(cancellation: Cancellation);
        }

        await using var last = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        WriteLines(1);
        await Eventually.EqualAsync(_written, () => Stored(cloudWatch).Distinct().Count(), TimeSpan.FromSeconds(30), Cancellation);

        var stored = Stored(cloudWatch);
        var largestBatch = Events(cloudWatch).CountBy(stored => stored.Batch).Max(batch => batch.Value);
        Assert.Equal(Enumerable.Range(1, _written).Select(Line), stored.Distinct().Order(StringComparer.Ordinal));
        Assert.InRange(stored.Count - _written, 0, Kills * largestBatch);
        Assert.Empty(cloudWatch.RuleViolations);
    }

    [Fact]
    public async Task Stopping_it_while_it_ships_loses_no_line_and_repeats_none()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        var settings = Settings(cloudWatch);

        for (var stop = 0; stop < 3; stop++)
        {
            await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
            var before = cloudWatch.BatchesStored;
            WriteLines(LinesBetweenKills);
            await Eventually.TrueAsync(() => cloudWatch.BatchesStored > before, cancellation: Cancellation);
            sidecar.Terminate();
            Assert.Equal(0, await sidecar.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation));
        }

        await using var last = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        WriteLines(1);
        await Eventually.TrueAsync(() => Stored(cloudWatch).Contains(Line(_written)), TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal(Enumerable.Range(1, _written).Select(Line), Stored(cloudWatch));
    }

    public ValueTask DisposeAsync()
    {
        _volume.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number:000000} of what must arrive");

    private void WriteLines(int count)
    {
        var lines = Enumerable.Range(_written + 1, count).Select(number => Line(number) + "\n");
        _volume.Append("app/app.log", string.Concat(lines));
        _written += count;
    }

    private static List<StoredEvent> Events(CloudWatchStandIn cloudWatch) =>
        [.. cloudWatch.Groups.SelectMany(group => group.Streams.SelectMany(stream => cloudWatch.Events(group.Name, stream)))];

    private static List<string> Stored(CloudWatchStandIn cloudWatch) =>
        [.. Events(cloudWatch).SelectMany(stored => stored.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    private Dictionary<string, string> Settings(CloudWatchStandIn cloudWatch) => new(StringComparer.Ordinal)
    {
        ["LOGS_PATHS"] = _volume.PathOf("app/*.log"),
        ["LOGS_GROUP"] = Group,
        ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
        ["AWS_REGION"] = cloudWatch.Region,
        ["AWS_ACCESS_KEY_ID"] = cloudWatch.Credentials.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = cloudWatch.Credentials.SecretKey,
        ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = cloudWatch.Url.ToString(),
    };
}
