using System.Globalization;
using System.Text.Json.Nodes;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// Another release of sidecar-logs takes over, and this one takes over again, while the app writes and rotates on.
public sealed class LogsUpgradeTests : IDisposable
{
    private const int LinesAtOnce = 2_000;
    private const string Previous = "the release in SIDECAR_TEST_PREVIOUS";
    private const string First = "the first release";
    private const string Later = "a later release";

    /// What the first release wrote of a file, and can't do without.
    private static readonly string[] FieldsOfTheFirst = ["device", "inode", "path", "source", "group", "stream", "offset", "head", "before", "size", "seenAtMs"];

    private readonly TempVolume _volume = new();
    private int _written;

    /// A folder with another release's program comes from whoever makes a release; the first one's state and a later one's are known anyway.
    public static TheoryData<string> Others => PreviousProgram.Length > 0 ? [First, Later, Previous] : [First, Later];

    private static string PreviousProgram { get; } =
        Environment.ExpandEnvironmentVariables("%SIDECAR_TEST_PREVIOUS%") is var folder && folder.StartsWith('/') ? Path.Combine(folder, "sidecar-logs") : "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Others))]
    public async Task An_upgrade_and_a_rollback_lose_no_line_and_repeat_none(string other)
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        var settings = Settings(cloudWatch);

        await ShipAsync("sidecar-logs", cloudWatch, settings);
        File.Move(_volume.PathOf("app/app.log"), _volume.PathOf("app/app.log.1"));
        WriteLines();
        if (other == Previous)
            await ShipAsync(PreviousProgram, cloudWatch, settings);
        else
            RewriteState(other == First ? AsTheFirstWrote : AsALaterOneWrites);
        WriteLines();
        File.Move(_volume.PathOf("app/app.log.1"), _volume.PathOf("app/app.log.2"));
        File.Move(_volume.PathOf("app/app.log"), _volume.PathOf("app/app.log.1"));
        await ShipAsync("sidecar-logs", cloudWatch, settings, isLast: true);

        Assert.Equal(Enumerable.Range(1, _written).Select(Line), Stored(cloudWatch));
    }

    // Ended in the midst of its work, as an orchestrator does that brings the next one.
    private async Task ShipAsync(string program, CloudWatchStandIn cloudWatch, Dictionary<string, string> settings, bool isLast = false)
    {
        await using var sidecar = await SidecarProcess.StartReadyAsync(program, settings, Cancellation);
        var before = cloudWatch.BatchesStored;
        WriteLines();
        try
        {
            await Eventually.TrueAsync(() => isLast ? Stored(cloudWatch).Contains(Line(_written)) : cloudWatch.BatchesStored > before, TimeSpan.FromSeconds(30), Cancellation);
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"{timeout.Message}\nIt said:\n{sidecar.Process.Transcript}", timeout);
        }

        sidecar.Terminate();
        Assert.Equal(0, await sidecar.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    private void RewriteState(Action<JsonObject> rewrite)
    {
        var path = _volume.PathOf("state/checkpoints.json");
        var state = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Assert.NotEmpty(state["files"]!.AsArray());
        rewrite(state);
        File.WriteAllText(path, state.ToJsonString());
    }

    private static void AsTheFirstWrote(JsonObject state)
    {
        Keep(state, ["version", "files"]);
        foreach (var file in state["files"]!.AsArray())
            Keep(file!.AsObject(), FieldsOfTheFirst);
    }

    private static void AsALaterOneWrites(JsonObject state)
    {
        state["release"] = new JsonObject { ["name"] = "9.0" };
        foreach (var file in state["files"]!.AsArray())
            file!["owners"] = new JsonArray("app", "root");
    }

    private static void Keep(JsonObject node, string[] names)
    {
        foreach (var name in node.Select(entry => entry.Key).Except(names, StringComparer.Ordinal).ToArray())
            node.Remove(name);
    }

    private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number:000000} of what must arrive");

    private void WriteLines()
    {
        _volume.Append("app/app.log", string.Concat(Enumerable.Range(_written + 1, LinesAtOnce).Select(number => Line(number) + "\n")));
        _written += LinesAtOnce;
    }

    // Rotated files are read before the one that came after them; between streams there is no order.
    private static IEnumerable<string> Stored(CloudWatchStandIn cloudWatch) =>
        cloudWatch.Groups.SelectMany(group => group.Streams.SelectMany(stream => cloudWatch.Events(group.Name, stream)))
            .SelectMany(stored => stored.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Order(StringComparer.Ordinal);

    private Dictionary<string, string> Settings(CloudWatchStandIn cloudWatch) => new(StringComparer.Ordinal)
    {
        ["LOGS_PATHS"] = _volume.PathOf("app/*.log"),
        ["LOGS_GROUP"] = "/test/upgraded",
        ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
        ["LOGS_QUIET_PERIOD"] = "500ms",
        ["AWS_REGION"] = cloudWatch.Region,
        ["AWS_ACCESS_KEY_ID"] = cloudWatch.Credentials.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = cloudWatch.Credentials.SecretKey,
        ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = cloudWatch.Url.ToString(),
    };
}
