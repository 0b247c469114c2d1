using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData(64, "no such variable", "check", "SIDECAR_LOG_LEVL=debug")]
    [InlineData(64, "a duration needs a unit", "run", "SIDECAR_SHUTDOWN_TIMEOUT=5")]
    [InlineData(64, "a duration needs a unit", "config", "SIDECAR_SHUTDOWN_TIMEOUT=5")]
    [InlineData(64, "a port of the agent's own", "run", "SIDECAR_EXIT_WITH=port:9473")]
    [InlineData(64, "Unrecognized command", "bogus", "")]
    [InlineData(64, "--timeout 5", "wait --timeout 5", "")]
    [InlineData(64, "always", "probe always", "")]
    [InlineData(0, "the settings are right", "check", "SIDECAR_LOG_LEVEL=debug")]
    [InlineData(0, "SIDECAR_LOG_LEVEL=debug  # from SIDECAR_LOG_LEVEL", "config", "SIDECAR_LOG_LEVEL=debug")]
    [InlineData(0, "SIDECAR_ADMIN_LISTEN  [unset]", "settings", "")]
    [InlineData(1, "nothing listens on 127.0.0.1:1", "probe live", "SIDECAR_ADMIN_LISTEN=127.0.0.1:1")]
    [InlineData(1, "not ready after 200ms: nothing listens", "wait --timeout 200ms", "SIDECAR_ADMIN_LISTEN=127.0.0.1:1")]
    public async Task Says_what_it_did_or_what_is_wrong_with_an_exit_code_to_match(int expectedCode, string expectedText, string args, string setting)
    {
        var (exitCode, text) = await RunAsync(args, setting);

        Assert.Contains(expectedText, text);
        Assert.Equal(expectedCode, exitCode);
    }

    [Fact]
    public async Task Probe_and_wait_are_0_while_the_agent_is_ready_and_1_once_it_drains()
    {
        await using var sidecar = await RunningSidecar.StartAsync();

        var before = ((await sidecar.CommandAsync("probe")).ExitCode, (await sidecar.CommandAsync("wait", "--timeout", "5s")).ExitCode);
        var drain = await sidecar.CommandAsync("drain");
        var after = await sidecar.CommandAsync("probe", "ready");
        var live = await sidecar.CommandAsync("probe", "live");

        Assert.Equal((0, 0), before);
        Assert.Equal(0, drain.ExitCode);
        Assert.Equal((1, "not ok\ndraining\n"), after);
        Assert.Equal(0, live.ExitCode);
    }

    [Fact]
    public async Task A_port_that_takes_connections_and_never_answers_keeps_a_command_no_longer_than_its_time()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();

        var (exitCode, text) = await RunAsync("wait --timeout 300ms", $"SIDECAR_ADMIN_LISTEN={silent.LocalEndpoint}");

        Assert.Equal(1, exitCode);
        Assert.Contains("no answer in time", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quit_ends_the_agent_with_0_and_a_port_in_use_ends_the_next_one_with_1()
    {
        var sidecar = await RunningSidecar.StartAsync();
        var (secondCode, secondText) = await RunAsync("run", $"SIDECAR_ADMIN_LISTEN=127.0.0.1:{sidecar.Port}");

        var quit = await sidecar.CommandAsync("quit");

        Assert.Equal(0, quit.ExitCode);
        Assert.Equal(0, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
        Assert.Equal($"sidecar-adapter: SIDECAR_ADMIN_LISTEN=127.0.0.1:{sidecar.Port}: can't listen there (the port is in use; another port or the end of the other program is expected)\n", secondText);
        Assert.Equal(1, secondCode);
    }

    private static async Task<(int ExitCode, string Text)> RunAsync(string args, string setting)
    {
        var text = new StringWriter();
        var split = setting.Split('=', 2);
        var environment = setting.Length == 0 ? [] : new Dictionary<string, string> { [split[0]] = split[1] };
        var exitCode = await SidecarHost.RunAsync("adapter", args.Split(' '), RunningSidecar.Idle, environment, text, text, TimeProvider.System);
        return (exitCode, text.ToString());
    }
}
