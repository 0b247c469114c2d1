using Npgsql;
using Sidecar.Testing;
using Sidecar.Testing.Postgres;

namespace Sidecar.Ambassador.Tests.Tcp;

public sealed class PostgresRouteTests(PostgresPair pair)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("modern", "s3cret, = and ü", "disable")]
    [InlineData("modern", "s3cret, = and ü", "require")]
    [InlineData("old", "s3cret", "disable")]
    [InlineData("plain", "s3cret", "prefer")]
    [InlineData("postgres", "", "prefer")]
    [InlineData("modern", "s3cret, = and ü", "verify-full")]
    public async Task Connections_go_to_the_primary_also_when_it_stands_last_and_the_check_logs_in_as_the_server_wants(string user, string password, string mode)
    {
        var (primary, replica) = await pair.GetAsync();
        using var volume = new TempVolume();
        (string, string)[] trust = mode == "verify-full" ? [("TLS_CA_FILE", volume.Write("ca.pem", pair.AuthorityPem))] : [];
        var (ambassador, port) = await StartAsync("postgres", user, password, mode, replica, primary, trust);
        await using var _ = ambassador;

        Assert.Equal(Text(primary.Port), await AskAsync(port, "SHOW port"));
        await Eventually.EqualAsync("is a PostgreSQL replica", () => ambassador.Upstream().Endpoints.All[0].Health.DownReason);
    }

    [Fact]
    public async Task Connections_go_to_a_replica_where_that_is_wanted()
    {
        var (primary, replica) = await pair.GetAsync();
        var (ambassador, port) = await StartAsync("postgres-replica", "modern", "s3cret, = and ü", "prefer", primary, replica);
        await using var _ = ambassador;

        Assert.Equal(Text(replica.Port), await AskAsync(port, "SHOW port"));
        await Eventually.EqualAsync("is the PostgreSQL primary", () => ambassador.Upstream().Endpoints.All[0].Health.DownReason);
    }

    [Theory]
    [InlineData("modern", "s3cret, = and ü", "verify-full", "TLS failed: its certificate was issued by 'CN=test authority', which is not trusted")]
    [InlineData("modern", "wrong", "prefer", "password authentication failed for user \"modern\" (28P01)")]
    [InlineData("old", "wrong", "prefer", "password authentication failed for user \"old\" (28P01)")]
    [InlineData("plain", "s3cret", "disable", "asks for a login that the check does not know (SCRAM-SHA-256 and md5 are known, and with TLS a password)")]
    [InlineData("modern", "", "prefer", "asks for a password, and the check has none")]
    public async Task Where_nobody_can_be_asked_the_first_is_used_and_the_reason_told(string user, string password, string mode, string reason)
    {
        var (primary, replica) = await pair.GetAsync();
        var (ambassador, port) = await StartAsync("postgres", user, password, mode, primary, replica);
        await using var _ = ambassador;

        await Eventually.TrueAsync(() => !ambassador.Upstream().IsUndecided);

        Assert.Equal(reason, ambassador.Upstream().Endpoints.All[0].Health.DownReason);
        Assert.Contains(reason, ambassador.State.Degraded("route x").Reason);
        Assert.Equal(Text(primary.Port), await AskAsync(port, "SHOW port"));
    }

    [Fact]
    public async Task What_speaks_another_protocol_is_down()
    {
        await using var other = new RawBackend(async (socket, token) =>
        {
            await socket.SendAsync("220 mail ESMTP\r\n"u8.ToArray(), token);
            await socket.ReceiveAsync(new byte[100], token);
        });
        var (ambassador, _) = await RunningAmbassador.StartRouteAsync(
            $"tcp://127.0.0.1:{other.Port}", ("HEALTH_INTERVAL", "100ms"), ("CHECK", "postgres"), ("CHECK_USERNAME", "modern"));
        await using var __ = ambassador;

        await Eventually.TrueAsync(() => !ambassador.Upstream().IsUndecided);

        Assert.Equal("does not speak PostgreSQL's protocol", ambassador.Upstream().Endpoints.All[0].Health.DownReason);
    }

    [Fact]
    public async Task A_promotion_closes_the_sessions_on_the_old_primary_within_an_interval_and_the_driver_writes_to_the_new_one()
    {
        var (primary, replica) = await PostgresPair.StartAsync();
        await using var _ = primary;
        await using var __ = replica;
        await primary.AskAsync("CREATE TABLE written (n int)");
        var (ambassador, port) = await StartAsync("postgres", "modern", "s3cret, = and ü", "prefer", primary, replica);
        await using var ___ = ambassador;
        await using var source = NpgsqlDataSource.Create(ConnectionString(port));
        await using var session = await source.OpenConnectionAsync(Cancellation);
        await using var idle = session.CreateCommand();
        idle.CommandText = "SELECT pg_sleep(60)";
        var sleeping = idle.ExecuteNonQueryAsync(Cancellation);
        await replica.PromoteAsync();
        var promoted = TimeProvider.System.GetTimestamp();

        await Assert.ThrowsAsync<NpgsqlException>(() => sleeping);
        var closedAfter = TimeProvider.System.GetElapsedTime(promoted);
        var writtenAfter = await WriteAsync(source, promoted);

        TestContext.Current.TestOutputHelper?.WriteLine($"closed after {closedAfter.TotalMilliseconds:0} ms, written after {writtenAfter.TotalMilliseconds:0} ms");
        Assert.Equal("1", await replica.AskAsync("SELECT count(*) FROM written"));
        Assert.Equal("0", await primary.AskAsync("SELECT count(*) FROM written"));
        await Eventually.EqualAsync($"is an old PostgreSQL primary: {replica.Address} was promoted after it", () => ambassador.Upstream().Endpoints.All[0].Health.DownReason);
        Assert.InRange(closedAfter.TotalSeconds, 0, 3);
    }

    [Fact]
    public async Task An_old_primary_that_comes_back_gets_nothing_also_when_the_new_one_is_away()
    {
        var (primary, replica) = await PostgresPair.StartAsync();
        await using var _ = primary;
        await using var __ = replica;
        await primary.AskAsync("CREATE TABLE written (n int)");
        var (ambassador, port) = await StartAsync("postgres", "modern", "s3cret, = and ü", "prefer", primary, replica);
        await using var ___ = ambassador;
        await using var source = NpgsqlDataSource.Create(ConnectionString(port));
        await WriteAsync(source, since: 0);
        var all = ambassador.Upstream().Endpoints.All;

        await primary.KillAsync();
        await replica.PromoteAsync();
        await WriteAsync(source, since: 0);
        await primary.StartAgainAsync();
        await Eventually.TrueAsync(() => all[0].Health.DownReason?.StartsWith("is an old PostgreSQL primary", StringComparison.Ordinal) == true);
        await replica.KillAsync();
        await Eventually.TrueAsync(() => !all[1].Health.IsHealthy);

        using var client = await RunningAmbassador.ConnectAsync(port);
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => client.ReceiveAsync(new byte[1], Cancellation).AsTask());
        Assert.Equal("1", await primary.AskAsync("SELECT count(*) FROM written"));
    }

    private static Task<(RunningAmbassador Ambassador, int Port)> StartAsync(string check, string user, string password, string mode, PostgresServer first, PostgresServer second, params (string, string)[] trust)
    {
        (string, string)[] settings =
            [.. trust, ("HEALTH_INTERVAL", "1s"), ("CHECK", check), ("CHECK_USERNAME", user), ("CHECK_DATABASE", "template1"), ("CHECK_SSLMODE", mode)];
        return RunningAmbassador.StartRouteAsync($"tcp://{first.Address},{second.Address}", password == "" ? settings : [.. settings, ("CHECK_PASSWORD", password)]);
    }

    private static string ConnectionString(int port) => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;SSL Mode=Disable";

    private static async Task<string> AskAsync(int port, string query)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(port) + ";Pooling=false");
        await using var command = source.CreateCommand(query);
        return Convert.ToString(await command.ExecuteScalarAsync(Cancellation), System.Globalization.CultureInfo.InvariantCulture)!;
    }

    // As an app does: with a pool, and again when its connection broke.
    private static async Task<TimeSpan> WriteAsync(NpgsqlDataSource source, long since)
    {
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await using var insert = source.CreateCommand("INSERT INTO written VALUES (1)");
                return await insert.ExecuteNonQueryAsync(Cancellation) == 1;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
        return TimeProvider.System.GetElapsedTime(since);
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
