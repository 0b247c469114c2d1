using System.Runtime.Versioning;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// What stands around the published log shipper and is not as it should be: it says so, and ships whatever it can.
[SupportedOSPlatform("linux")]
public sealed class LogsBadInputTests : IDisposable
{
    private const UnixFileMode OthersLook = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task A_second_agent_on_the_same_state_folder_does_not_start_and_the_first_goes_on()
    {
        await using var first = await SidecarProcess.StartReadyAsync("sidecar-logs", Settings(), Cancellation);

        await using var second = SidecarProcess.Start("sidecar-logs", Settings());

        Assert.Equal(1, await second.WaitForExitAsync(cancellation: Cancellation));
        Assert.Contains(second.Error, line => line.Contains("each needs its own LOGS_STATE_DIR", StringComparison.Ordinal));
        _volume.Write("app/app.log", "one\n");
        await Eventually.TrueAsync(() => first.Output.Any(line => line.EndsWith("one", StringComparison.Ordinal)), cancellation: Cancellation);
    }

    [Fact]
    public async Task What_may_not_be_read_or_written_is_said_and_everything_else_is_shipped()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "only root can start an agent that may do less than the test");
        _volume.Write("app/app.log", "one\n");
        _volume.Write("app/secret/app.log", "two\n");
        File.SetUnixFileMode(_volume.Write("app/closed.log", "three\n"), UnixFileMode.UserRead);
        File.SetUnixFileMode(_volume.PathOf("app/secret"), OwnerOnly);
        File.SetUnixFileMode(_volume.Folder("state"), OthersLook);
        File.SetUnixFileMode(_volume.Root, OthersLook);
        var settings = Settings();
        settings["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{FreePort.Next()}";

        await using var agent = ChildProcess.Start(
            "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Artifacts.ProgramOf("sidecar-logs")], settings);

        await Eventually.TrueAsync(() => agent.Output.Any(line => line.EndsWith("one", StringComparison.Ordinal)), cancellation: Cancellation);
        string[] expected = ["app/secret' may not be looked into", "app/closed.log' is not read", "Nothing can be remembered in"];
        Assert.All(expected, said => Assert.Single(agent.Error, line => line.Contains(said, StringComparison.Ordinal)));
        Assert.False(agent.HasExited);

        agent.Terminate();
        Assert.Equal(0, await agent.WaitForExitAsync(cancellation: Cancellation));
        Assert.Contains(agent.Error, line => line.Contains("The last state can't be saved in", StringComparison.Ordinal) && line.Contains("permission denied", StringComparison.Ordinal));
    }

    private Dictionary<string, string> Settings() => new(StringComparer.Ordinal)
    {
        ["LOGS_PATHS"] = _volume.PathOf("app/**/*.log"),
        ["LOGS_DESTINATION"] = "stdout",
        ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
    };
}
