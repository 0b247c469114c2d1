using System.Diagnostics;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

public sealed class OddNamesTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        // .NET can't delete what it can't name.
        await ShellAsync("rm -rf odd");
        await _rig.DisposeAsync();
    }

    [Theory]
    [InlineData("'a name with  blanks '")]
    [InlineData("$'two\\nlines'")]
    [InlineData("$'no\\xffUTF8\\xe4'")]
    [InlineData("$'folder\\xff/app'")]
    [InlineData("-rf")]
    [InlineData("'{a,b}[c]*'")]
    public async Task A_file_of_any_name_is_followed_through_rotation_and_restart(string name)
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("odd/**/*.log"))] };
        await ShellAsync($"mkdir -p odd/$(dirname -- {name}); mkdir -p -- odd/$'folder\\xff'; echo one > odd/{name}.log");
        _rig.Start();
        await _rig.ShippedAsync("one");

        await ShellAsync($"echo two >> odd/{name}.log; mv -- odd/{name}.log odd/{name}.log.1; echo three > odd/{name}.log");
        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 3, cancellation: Cancellation);
        await _rig.DrainAsync();
        await _rig.KillAsync();
        await ShellAsync($"echo four >> odd/{name}.log; mv -- odd/{name}.log odd/{name}.log.2; echo five > odd/{name}.log");
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count >= 5, cancellation: Cancellation);
        await _rig.DrainAsync();
        Assert.Equal(["five", "four", "one", "three", "two"], _rig.Destination.Messages.Order());
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    private async Task ShellAsync(string command)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = _rig.Volume.Root })!;
        await bash.WaitForExitAsync(Cancellation);
        Assert.Equal(0, bash.ExitCode);
    }
}
