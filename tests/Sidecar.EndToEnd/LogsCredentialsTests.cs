using System.Text.Json.Nodes;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// The published agent looks for its credentials, in every way in which it is given them.
public sealed class LogsCredentialsTests : IAsyncDisposable
{
    private const string Group = "/test/credentials";

    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _volume.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task With_nothing_of_AWS_set_it_runs_is_ready_and_says_what_is_missing()
    {
        _volume.Write("app/app.log", "one\n");
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", Settings(null), Cancellation);

        await Eventually.TrueAsync(
            async () => (await DegradedAsync(sidecar)).Contains("no AWS region: set AWS_REGION", StringComparison.Ordinal), TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal((200, 200), ((await sidecar.GetAsync("/livez", Cancellation)).Status, (await sidecar.GetAsync("/readyz", Cancellation)).Status));
        var metrics = (await sidecar.GetAsync("/metrics", Cancellation)).Body;
        Assert.Contains("sidecar_degraded{trouble=\"delivery\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("sidecar_logs_backlog_bytes{source=\"default\"} 4", metrics, StringComparison.Ordinal);
        Assert.False(sidecar.Process.HasExited);
    }

    [Fact]
    public async Task Credentials_that_come_later_in_a_file_are_taken_up_and_nothing_is_lost()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        _volume.Write("app/app.log", "one\n");
        var settings = Settings(cloudWatch);
        settings["AWS_SHARED_CREDENTIALS_FILE"] = _volume.PathOf("credentials");
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        await Eventually.TrueAsync(
            async () => (await DegradedAsync(sidecar)).Contains("no AWS credentials", StringComparison.Ordinal), TimeSpan.FromSeconds(30), Cancellation);

        _volume.Write("credentials", $"[default]\naws_access_key_id = {cloudWatch.Credentials.AccessKey}\naws_secret_access_key = {cloudWatch.Credentials.SecretKey}\n");

        await Eventually.EqualAsync(1, () => cloudWatch.Events(Group, "app.log").Count, TimeSpan.FromSeconds(60), Cancellation);
        await Eventually.TrueAsync(async () => await DegradedAsync(sidecar) == "[]", cancellation: Cancellation);
    }

    [Fact]
    public async Task Credentials_of_a_container_endpoint_that_is_not_up_yet_are_waited_for()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        _volume.Write("app/app.log", "one\n");
        var port = FreePort.Next();
        var settings = Settings(cloudWatch);
        settings["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = $"http://127.0.0.1:{port}/credentials";
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        await Eventually.TrueAsync(
            async () => (await DegradedAsync(sidecar)).Contains("no AWS credentials", StringComparison.Ordinal), TimeSpan.FromSeconds(60), Cancellation);

        await using var endpoint = await StandInHttp.StartAsync(port, _ => $$"""
            {"AccessKeyId":"{{cloudWatch.Credentials.AccessKey}}","SecretAccessKey":"{{cloudWatch.Credentials.SecretKey}}","Token":"","Expiration":"2099-01-01T00:00:00Z"}
            """);

        await Eventually.EqualAsync(1, () => cloudWatch.Events(Group, "app.log").Count, TimeSpan.FromSeconds(60), Cancellation);
    }

    private static async Task<string> DegradedAsync(SidecarProcess sidecar) =>
        JsonNode.Parse((await sidecar.GetAsync("/status", Cancellation)).Body)!["degraded"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private Dictionary<string, string> Settings(CloudWatchStandIn? cloudWatch)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = _volume.Root,
            ["LOGS_PATHS"] = _volume.PathOf("app/*.log"),
            ["LOGS_GROUP"] = Group,
            ["LOGS_STREAM"] = "{file}",
            ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
            ["AWS_EC2_METADATA_DISABLED"] = "true",
        };
        if (cloudWatch is not null)
        {
            settings["AWS_REGION"] = cloudWatch.Region;
            settings["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = cloudWatch.Url.ToString();
        }

        return settings;
    }
}
