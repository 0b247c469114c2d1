using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// The published agent asks the endpoints that AWS has for a region, by TLS and through a proxy, with nothing overridden.
public sealed class LogsEndpointTests : IDisposable
{
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData("eu-west-1", false, false, "sts.eu-west-1.amazonaws.com", "logs.eu-west-1.amazonaws.com")]
    [InlineData("us-east-1", true, false, "sts-fips.us-east-1.amazonaws.com", "logs-fips.us-east-1.amazonaws.com")]
    [InlineData("eu-west-1", false, true, "sts.eu-west-1.api.aws", "logs.eu-west-1.api.aws")]
    [InlineData("us-gov-west-1", true, true, "sts-fips.us-gov-west-1.api.aws", "logs-fips.us-gov-west-1.api.aws")]
    [InlineData("cn-north-1", false, false, "sts.cn-north-1.amazonaws.com.cn", "logs.cn-north-1.amazonaws.com.cn")]
    public async Task Through_a_proxy_the_regions_own_endpoints_are_asked(string region, bool fips, bool dualStack, string sts, string logs)
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("aws", sts, logs);
        await using var roles = await StsStandIn.StartAsync(new StsOptions { Region = region, Certificate = certificate });
        await using var cloudWatch = await CloudWatchStandIn.StartAsync(new StandInOptions { Region = region, Certificate = certificate, Credentials = roles.Issued });
        await using var proxy = ConnectProxy.Start(host => host.StartsWith("sts", StringComparison.Ordinal) ? roles.Url : cloudWatch.Url);
        _volume.Write("app/app.log", "one\n");
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = _volume.Root,
            ["LOGS_PATHS"] = _volume.PathOf("app/*.log"),
            ["LOGS_GROUP"] = "/test",
            ["LOGS_STREAM"] = "{file}",
            ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
            ["LOGS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/logs-writer",
            ["AWS_ACCESS_KEY_ID"] = StandInCredentials.Example.AccessKey,
            ["AWS_SECRET_ACCESS_KEY"] = StandInCredentials.Example.SecretKey,
            ["AWS_REGION"] = region,
            ["AWS_USE_FIPS_ENDPOINT"] = fips ? "true" : "false",
            ["AWS_USE_DUALSTACK_ENDPOINT"] = dualStack ? "true" : "false",
            ["AWS_CA_BUNDLE"] = _volume.Write("ca.pem", authority.Pem),
            ["HTTPS_PROXY"] = proxy.Url.ToString(),
        };

        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);

        await Eventually.TrueAsync(() => cloudWatch.Events("/test", "app.log").Count == 1, TimeSpan.FromSeconds(30), Cancellation);
        Assert.Equal([sts + ":443", logs + ":443"], proxy.Asked);
        Assert.Empty(cloudWatch.SignatureFailures);
    }
}
