using System.Collections.Concurrent;
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
            async () => (await DegradedAsync(sidecar)).Contains("no AWS credentials: neither AWS_ACCESS_KEY_ID", StringComparison.Ordinal), TimeSpan.FromSeconds(30), Cancellation);

        _volume.Write("credentials", $"[default]\naws_access_key_id = {cloudWatch.Credentials.AccessKey}\naws_secret_access_key = {cloudWatch.Credentials.SecretKey}\n");

        await Eventually.EqualAsync(1, () => cloudWatch.Events(Group, "app.log").Count, TimeSpan.FromSeconds(60), Cancellation);
        await Eventually.TrueAsync(async () => await DegradedAsync(sidecar) == "[]", cancellation: Cancellation);
    }

    [Fact]
    public async Task Credentials_of_a_container_endpoint_that_is_not_up_yet_are_waited_for_and_asked_for_with_the_pods_token()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        _volume.Write("app/app.log", "one\n");
        var port = FreePort.Next();
        var settings = Settings(cloudWatch);
        settings["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = $"http://127.0.0.1:{port}/credentials";
        settings["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = _volume.Write("token", "of.the.pod");
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        await Eventually.TrueAsync(
            async () => (await DegradedAsync(sidecar)).Contains("no AWS credentials", StringComparison.Ordinal), TimeSpan.FromSeconds(60), Cancellation);

        await using var endpoint = await StandInHttp.StartAsync(port, request => !request.Contains("of.the.pod", StringComparison.Ordinal) ? "{}" : $$"""
            {"AccessKeyId":"{{cloudWatch.Credentials.AccessKey}}","SecretAccessKey":"{{cloudWatch.Credentials.SecretKey}}","Token":"","Expiration":"2099-01-01T00:00:00Z"}
            """);

        await Eventually.EqualAsync(1, () => cloudWatch.Events(Group, "app.log").Count, TimeSpan.FromSeconds(60), Cancellation);
    }

    [Fact]
    public async Task A_web_identity_is_exchanged_for_credentials()
    {
        await using var sts = await StsStandIn.StartAsync();
        await using var cloudWatch = await CloudWatchStandIn.StartAsync(new StandInOptions { Credentials = sts.Issued });
        _volume.Write("app/app.log", "one\n");
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", WithWebIdentity(cloudWatch, sts), Cancellation);

        await Eventually.TrueAsync(() => cloudWatch.Events(Group, "app.log").Count == 1, TimeSpan.FromSeconds(30), Cancellation);

        var asked = sts.Asked.First();
        Assert.Equal(("AssumeRoleWithWebIdentity", "a.web.identity"), (asked["Action"], asked["WebIdentityToken"]));
    }

    [Fact]
    public async Task The_role_of_a_profile_is_assumed()
    {
        await using var sts = await StsStandIn.StartAsync(new StsOptions { Callers = [new StandInCredentials("AKIDBASE", "base")] });
        await using var cloudWatch = await CloudWatchStandIn.StartAsync(new StandInOptions { Credentials = sts.Issued });
        _volume.Write("app/app.log", "one\n");
        var settings = Settings(cloudWatch);
        settings["AWS_PROFILE"] = "orders";
        settings["AWS_SHARED_CREDENTIALS_FILE"] = _volume.Write(
            "credentials", "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = base\n[orders]\nrole_arn = arn:aws:iam::123456789012:role/orders\nsource_profile = base\n");
        settings["AWS_ENDPOINT_URL_STS"] = sts.Url.ToString();
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);

        await Eventually.TrueAsync(() => cloudWatch.Events(Group, "app.log").Count == 1, TimeSpan.FromSeconds(30), Cancellation);

        var asked = sts.Asked.First();
        Assert.Equal(("AssumeRole", "arn:aws:iam::123456789012:role/orders"), (asked["Action"], asked["RoleArn"]));
    }

    [Fact]
    public async Task A_role_is_assumed_by_whom_the_web_identity_is_and_until_it_may_be_the_agent_says_why_not()
    {
        var callers = new ConcurrentQueue<StandInCredentials>();
        await using var sts = await StsStandIn.StartAsync(new StsOptions { Callers = callers, ExternalId = "orders-7f3a" });
        await using var cloudWatch = await CloudWatchStandIn.StartAsync(new StandInOptions { Credentials = sts.Issued });
        _volume.Write("app/app.log", "one\n");
        var settings = WithWebIdentity(cloudWatch, sts);
        settings["LOGS_ROLE_ARN"] = "arn:aws:iam::210987654321:role/logs-writer";
        settings["LOGS_ROLE_EXTERNAL_ID"] = "orders-7f3a";
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        await Eventually.TrueAsync(
            async () => (await DegradedAsync(sidecar)).Contains("role/logs-writer can't be assumed: UnrecognizedClientException", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30),
            Cancellation);
        Assert.Equal(200, (await sidecar.GetAsync("/readyz", Cancellation)).Status);

        callers.Enqueue(sts.Issued.First());

        await Eventually.TrueAsync(() => cloudWatch.Events(Group, "app.log").Count == 1, TimeSpan.FromSeconds(60), Cancellation);
        var asked = sts.Asked.Last();
        Assert.Equal(("AssumeRole", "arn:aws:iam::210987654321:role/logs-writer", "sidecar-logs"), (asked["Action"], asked["RoleArn"], asked["RoleSessionName"]));
    }

    [Fact]
    public async Task Streams_are_named_after_the_pod_and_the_task_that_ECS_tells_of_later()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        _volume.Write("app/app.log", "one\n");
        var port = FreePort.Next();
        var settings = Settings(cloudWatch);
        settings["AWS_ACCESS_KEY_ID"] = cloudWatch.Credentials.AccessKey;
        settings["AWS_SECRET_ACCESS_KEY"] = cloudWatch.Credentials.SecretKey;
        settings["LOGS_STREAM"] = "{pod}/{family}/{task}/{file}";
        settings["POD_NAME"] = "orders:1";
        settings["ECS_CONTAINER_METADATA_URI_V4"] = $"http://127.0.0.1:{port}/v4/0f6a";
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        await Eventually.TrueAsync(
            async () => (await DegradedAsync(sidecar)).Contains("files wait for their streams' names", StringComparison.Ordinal), TimeSpan.FromSeconds(30), Cancellation);

        await using var metadata = await StandInHttp.StartAsync(
            port, _ => """{"Cluster":"prod","TaskARN":"arn:aws:ecs:eu-west-1:123456789012:task/prod/0f6a","Family":"orders"}""");

        await Eventually.EqualAsync(1, () => cloudWatch.Events(Group, "orders_1/orders/0f6a/app.log").Count, TimeSpan.FromSeconds(60), Cancellation);
        Assert.Equal("orders_1/orders/0f6a/app.log", Assert.Single(Assert.Single(cloudWatch.Groups).Streams));
    }

    [Theory]
    [InlineData("LOGS_STREAM", "{pod}/{file}", "POD_NAME")]
    [InlineData("LOGS_GROUP", "/ecs/{family}", "ECS_CONTAINER_METADATA_URI_V4")]
    [InlineData("LOGS_GROUP", "a:b", "LOGS_GROUP=a:b")]
    public async Task A_name_that_can_never_be_made_is_one_line_and_exit_code_64(string variable, string value, string named)
    {
        var settings = Settings(null);
        settings[variable] = value;

        await using var run = await SidecarProcess.RunAsync("sidecar-logs", settings, Cancellation, "run");

        Assert.Equal(64, await run.WaitForExitAsync(cancellation: Cancellation));
        Assert.Contains(named, Assert.Single(run.Error), StringComparison.Ordinal);
    }

    private static async Task<string> DegradedAsync(SidecarProcess sidecar) =>
        JsonNode.Parse((await sidecar.GetAsync("/status", Cancellation)).Body)!["degraded"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private Dictionary<string, string> WithWebIdentity(CloudWatchStandIn cloudWatch, StsStandIn sts)
    {
        var settings = Settings(cloudWatch);
        settings["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/orders";
        settings["AWS_WEB_IDENTITY_TOKEN_FILE"] = _volume.Write("token", "a.web.identity");
        settings["AWS_ENDPOINT_URL_STS"] = sts.Url.ToString();
        return settings;
    }

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
