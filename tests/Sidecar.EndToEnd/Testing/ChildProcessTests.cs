using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd.Testing;

public sealed class ChildProcessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_child_gets_only_the_environment_that_is_given()
    {
        await using var child = ChildProcess.Start("/usr/bin/env", [], new Dictionary<string, string> { ["GIVEN"] = "yes" });

        var code = await child.WaitForExitAsync(cancellation: Cancellation);

        Assert.Equal(0, code);
        Assert.Equal(["GIVEN", "PATH"], child.Output.Select(line => line.Split('=')[0]).Order());
    }

    [Fact]
    public async Task Output_and_errors_are_kept_apart_and_the_exit_code_is_told()
    {
        await using var child = ChildProcess.Start("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"]);

        var code = await child.WaitForExitAsync(cancellation: Cancellation);

        Assert.Equal(3, code);
        Assert.Equal(["out"], child.Output);
        Assert.Equal(["err"], child.Error);
    }

    [Fact]
    public async Task A_terminated_child_can_still_do_its_last_work()
    {
        await using var child = ChildProcess.Start("/bin/sh", ["-c", "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done"]);
        await child.WaitForLineAsync(line => line == "up", cancellation: Cancellation);

        child.Terminate();

        Assert.Equal(7, await child.WaitForExitAsync(cancellation: Cancellation));
        Assert.Equal(["up", "bye"], child.Output);
    }

    [Fact]
    public async Task Disposing_ends_the_child()
    {
        var child = ChildProcess.Start("/bin/sleep", ["600"]);
        var folder = $"/proc/{child.Id}";
        Assert.True(Directory.Exists(folder));

        await child.DisposeAsync();

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Memory_and_cpu_are_read_from_the_kernel()
    {
        await using var child = ChildProcess.Start("/bin/sh", ["-c", "while :; do :; done"]);

        var usage = await Eventually.MatchAsync(child.ReadUsage, usage => usage.Cpu > TimeSpan.FromMilliseconds(50), cancellation: Cancellation);

        Assert.InRange(usage.ResidentBytes, 100_000, 50_000_000);
        Assert.InRange(usage.PrivateDirtyBytes, 1, usage.ResidentBytes);
        Assert.Equal(1, usage.Threads);
    }

    [Fact]
    public async Task A_child_that_ends_early_says_so_instead_of_timing_out()
    {
        await using var child = ChildProcess.Start("/bin/sh", ["-c", "echo only this; exit 1"]);

        var wait = child.WaitForLineAsync(line => line == "never", cancellation: Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => wait);
        Assert.Contains("only this", error.Message, StringComparison.Ordinal);
    }
}
