using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Servers and Sentinels that all speak TLS and all want a password, each kind its own.
public sealed class GuardedSentinelTests : IAsyncLifetime
{
    private readonly Certificates _certificates = new();
    private readonly int[] _ports = [.. Enumerable.Range(0, 5).Select(_ => FreePort.Next())];
    private RedisServer _master = null!;
    private RedisServer _replica = null!;
    private RedisSentinel[] _sentinels = [];

    public async ValueTask InitializeAsync()
    {
        string[] common = ["--tls-replication", "yes", "--requirepass", "servers", "--masterauth", "servers"];
        _master = await RedisServer.StartAsync([.. _certificates.Arguments(_ports[0]), .. common]);
        _replica = await RedisServer.StartAsync([.. _certificates.Arguments(_ports[1]), .. common, "--replicaof", "127.0.0.1", $"{_ports[0]}"]);
        await _master.WaitForReplicasAsync();
        int next = 2;
        _sentinels = await RedisSentinel.StartThreeAsync(
            _ports[0],
            () =>
            [
                .. _certificates.Lines(_ports[next++]), "tls-replication yes", "sentinel auth-pass mymaster servers", "requirepass watchers",
                "sentinel sentinel-pass watchers",
            ]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in _sentinels)
            await sentinel.DisposeAsync();
        await _replica.DisposeAsync();
        await _master.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task A_killed_master_costs_a_client_time_but_no_failed_call()
    {
        await using var route = To(new RouteCredentials(null, () => "watchers"), Patient);
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await _master.KillAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "after"));

        Assert.Equal("after", await _replica.CallAsync("GET", "k"));
        Assert.Equal(1, route.Counters.Failovers);
    }

    [Fact]
    public async Task A_wrong_password_for_the_Sentinels_is_said_once_and_to_the_client_and_heals_when_its_file_changes()
    {
        using var volume = new TempVolume();
        var password = Secret.FromFile(volume.Write("password", "wrong"), TimeProvider.System).Value;
        await using var route = To(new RouteCredentials(null, () => password.Current), new RedisOptions { QueueTimeout = TimeSpan.FromSeconds(1) });
        await using var client = await route.ConnectAsync();

        string said = await client.CallAsync("GET", "k");
        string? trouble = route.Trouble;
        volume.Write("password", "watchers");
        await Eventually.TrueAsync(async () => await client.CallAsync("GET", "k") == "(nil)");

        const string Reason = "none of 3 Sentinels tells where 'mymaster' is: "
            + "it refuses the login: WRONGPASS invalid username-password pair or user is disabled.";
        Assert.Equal($"-ERR no upstream ({Reason}); the command was not executed", said);
        Assert.Equal(Reason, trouble);
        Assert.Contains(Reason, Assert.Single(route.Warnings));
        await Eventually.TrueAsync(() => route.Trouble is null);
    }

    [Fact]
    public async Task Sentinels_are_asked_again_on_the_connection_that_stands_for_a_handshake_costs_more_than_the_question()
    {
        await using var route = To(new RouteCredentials(null, () => "watchers"), new RedisOptions());

        await Eventually.TrueAsync(async () => (await _sentinels[0].CallAsync("CLIENT", "LIST")).Split('\n').Any(line =>
            line.Contains(" cmd=sentinel", StringComparison.Ordinal)
            && int.Parse(line.Split(" age=")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) >= 3));
    }

    [Fact]
    public async Task A_Sentinel_whose_certificate_does_not_verify_is_not_believed()
    {
        using var stranger = new TestAuthority("a stranger");
        var tls = _certificates.Trusting(_certificates.Write("trusted.pem", stranger.Pem));
        await using var route = new RunningRedisRoute(
            Route with { SentinelAccess = new ServerAccess(new RouteCredentials(null, () => "watchers"), tls) }, new RedisOptions { QueueTimeout = TimeSpan.FromSeconds(2) });
        await using var client = await route.ConnectAsync();

        Assert.Equal(
            "-ERR no upstream (none of 3 Sentinels tells where 'mymaster' is: TLS failed: its certificate was issued by 'CN=test authority', "
            + "which is not trusted); the command was not executed",
            await client.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task An_app_that_logs_in_itself_reaches_the_master_and_the_next_one()
    {
        await using var route = new RunningRedisRoute(
            Route with { Credentials = null, SentinelAccess = new ServerAccess(new RouteCredentials(null, () => "watchers"), _certificates.Trusting()) }, Patient);
        await using var client = await route.ConnectAsync();
        Assert.Equal("-NOAUTH Authentication required.", await client.CallAsync("GET", "k"));
        Assert.Equal("OK", await client.CallAsync("AUTH", "servers"));
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await _master.KillAsync();

        Assert.Equal("OK", await client.CallAsync("SET", "k", "after"));
        Assert.Equal("after", await _replica.CallAsync("GET", "k"));
    }

    // On a busy machine Sentinels take their time.
    private static RedisOptions Patient => new() { QueueTimeout = TimeSpan.FromSeconds(30) };

    private RedisRoute Route => new()
    {
        Name = "cache",
        Hosts = [.. _ports.Skip(2).Select(port => new HostPort("127.0.0.1", port))],
        MasterName = "mymaster",
        Credentials = new RouteCredentials(null, () => "servers"),
        Tls = _certificates.Trusting(),
    };

    private RunningRedisRoute To(RouteCredentials sentinels, RedisOptions options) =>
        new(Route with { SentinelAccess = new ServerAccess(sentinels, _certificates.Trusting()) }, options);
}
