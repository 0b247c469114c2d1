using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// What a new user gets wrong on the first day, asked of the published programs.
public sealed class BadInputTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public static TheoryData<string> Everyone => Agents.All;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData("sidecar-logs", "LOGS_PATHS", "LOGS_GROUP")]
    [InlineData("sidecar-ambassador", "AMBASSADOR_ROUTE_")]
    [InlineData("sidecar-adapter", "ADAPTER_PROBE_")]
    public async Task Nothing_set_is_answered_with_what_has_to_be_set(string agent, params string[] variables)
    {
        var (code, faults) = await RunAsync(agent, []);

        Assert.Equal(64, code);
        Assert.Equal(variables.Length, faults.Count);
        Assert.All(variables, variable => Assert.Contains(faults, fault => fault.Contains(variable, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task A_misspelt_name_is_refused_with_the_right_one(string agent)
    {
        var settings = Agents.Settings(agent, _volume);
        settings["SIDECAR_LOG_LEVLE"] = "debug";

        var (code, faults) = await RunAsync(agent, settings);

        Assert.Equal(64, code);
        var fault = Assert.Single(faults);
        Assert.Contains("SIDECAR_LOG_LEVLE", fault, StringComparison.Ordinal);
        Assert.Contains("SIDECAR_LOG_LEVEL", fault, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task A_duration_without_a_unit_is_refused_with_an_example(string agent)
    {
        var settings = Agents.Settings(agent, _volume);
        settings["SIDECAR_SHUTDOWN_TIMEOUT"] = "5";

        var (code, faults) = await RunAsync(agent, settings);

        Assert.Equal(64, code);
        var fault = Assert.Single(faults);
        Assert.StartsWith($"{agent}: SIDECAR_SHUTDOWN_TIMEOUT=5: ", fault, StringComparison.Ordinal);
        Assert.Contains("unit", fault, StringComparison.Ordinal);
        Assert.Contains("for example", fault, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task All_faults_are_told_at_once_one_line_each(string agent)
    {
        var settings = Agents.Settings(agent, _volume);
        settings["SIDECAR_SHUTDOWN_TIMEOUT"] = "soon";
        settings["SIDECAR_LOG_FORMAT"] = "xml";
        settings["SIDECAR_READY_WHEN"] = "always";

        var (code, faults) = await RunAsync(agent, settings);

        Assert.Equal(64, code);
        Assert.Equal(3, faults.Count);
        Assert.All(
            ["SIDECAR_SHUTDOWN_TIMEOUT=soon", "SIDECAR_LOG_FORMAT=xml", "SIDECAR_READY_WHEN=always"],
            given => Assert.Contains(faults, fault => fault.Contains(given, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task An_admin_port_in_use_is_one_clear_line_and_1(string agent)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}");
        var settings = Agents.Settings(agent, _volume);
        settings["SIDECAR_ADMIN_LISTEN"] = address;

        var (code, faults) = await RunAsync(agent, settings);

        Assert.Equal(1, code);
        Assert.StartsWith($"{agent}: SIDECAR_ADMIN_LISTEN={address}: ", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_whose_port_is_in_use_is_one_clear_line_and_1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var settings = Agents.Settings("sidecar-ambassador", _volume);
        settings["AMBASSADOR_ROUTE_DB_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}");

        var (code, faults) = await RunAsync("sidecar-ambassador", settings);

        Assert.Equal(1, code);
        Assert.Contains("AMBASSADOR_ROUTE_DB_LISTEN", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sidecar-logs", "AWS_CA_BUNDLE", "LOGS_GROUP", "/app/orders", "LOGS_DESTINATION", "cloudwatch")]
    [InlineData("sidecar-ambassador", "AMBASSADOR_ROUTE_CACHE_PASSWORD_FILE", "AMBASSADOR_ROUTE_CACHE", "redis://localhost:6379", "AMBASSADOR_ROUTE_CACHE_LISTEN", "unix:/tmp/never.sock")]
    [InlineData("sidecar-adapter", "ADAPTER_PROBE_WEB_TLS_CA_FILE", "ADAPTER_PROBE_WEB", "https://localhost:8443/health")]
    public async Task A_certificate_or_secret_file_that_cannot_be_read_is_named(string agent, string variable, params string[] others)
    {
        var settings = Agents.Settings(agent, _volume);
        foreach (var pair in others.Chunk(2))
            settings[pair[0]] = pair[1];
        settings[variable] = _volume.PathOf("missing.pem");

        var (code, faults) = await RunAsync(agent, settings);

        Assert.Equal(64, code);
        Assert.StartsWith($"{agent}: {variable}={_volume.PathOf("missing.pem")}: ", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Paths_and_hosts_that_do_not_exist_yet_are_no_faults(string agent)
    {
        var settings = Agents.Settings(agent, _volume);
        if (agent == "sidecar-ambassador")
            settings["AMBASSADOR_ROUTE_DB"] = "tcp://not-here-yet.invalid:5432";

        await using var sidecar = await SidecarProcess.StartReadyAsync(agent, settings, Cancellation);

        Assert.False(sidecar.Process.HasExited);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Check_says_what_would_happen_and_opens_nothing(string agent)
    {
        var settings = Agents.Settings(agent, _volume);
        await using var running = await SidecarProcess.StartReadyAsync(agent, settings, Cancellation);
        settings["SIDECAR_ADMIN_LISTEN"] = running.AdminAddress.Authority;

        await using var check = await SidecarProcess.RunAsync(agent, settings, Cancellation, "check");

        Assert.Equal(0, await check.WaitForExitAsync(cancellation: Cancellation));
        Assert.NotEmpty(check.Output);
        Assert.Empty(check.Error);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Check_refuses_a_name_that_nothing_is_near_to(string agent)
    {
        var settings = Agents.Settings(agent, _volume);
        settings[Agents.Prefix(agent) + "SOMETHING_ELSE_ALTOGETHER"] = "1";

        await using var check = await SidecarProcess.RunAsync(agent, settings, Cancellation, "check");
        await using var running = await SidecarProcess.StartReadyAsync(agent, settings, Cancellation);

        Assert.Equal(64, await check.WaitForExitAsync(cancellation: Cancellation));
        Assert.Contains("SOMETHING_ELSE_ALTOGETHER", Assert.Single(check.Error), StringComparison.Ordinal);
        Assert.Contains("SOMETHING_ELSE_ALTOGETHER", (await running.GetAsync("/status", Cancellation)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task An_unknown_command_is_64(string agent)
    {
        await using var process = await SidecarProcess.RunAsync(agent, Agents.Settings(agent, _volume), Cancellation, "runn");

        Assert.Equal(64, await process.WaitForExitAsync(cancellation: Cancellation));
    }

    /// Runs an agent that can't start, and returns its exit code and what it wrote on stderr.
    private static async Task<(int Code, IReadOnlyList<string> Faults)> RunAsync(string agent, Dictionary<string, string> settings)
    {
        await using var sidecar = SidecarProcess.Start(agent, settings);
        var code = await sidecar.WaitForExitAsync(cancellation: Cancellation);
        return (code, sidecar.Error);
    }
}
