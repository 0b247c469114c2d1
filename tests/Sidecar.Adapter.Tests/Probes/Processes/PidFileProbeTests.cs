using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Processes;
using Sidecar.Hosting.ProcFs;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes.Processes;

public sealed class PidFileProbeTests : IDisposable
{
    private readonly TempVolume _volume = new();

    [Fact]
    public async Task The_process_of_a_pid_file_is_seen_to_run_and_to_end()
    {
        await using var process = ChildProcess.Start("sleep", ["60"]);
        var probe = Probe(_volume.Write("app.pid", $" {process.Id}\n"));
        Assert.Equal(ProbeResult.Passed($"running (pid {process.Id})"), await AskAsync(probe));

        process.Kill();
        await process.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(ProbeResult.Failed($"pid {process.Id} does not run"), await AskAsync(probe));
    }

    [Fact]
    public async Task A_pid_that_was_given_to_another_process_since_is_recognised()
    {
        await using var process = ChildProcess.Start("sleep", ["60"]);
        var path = _volume.Write("app.pid", $"{process.Id}");
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().AddHours(-1).UtcDateTime);

        Assert.Equal(ProbeResult.Failed($"pid {process.Id} was given to another process since the pid file was written"), await AskAsync(Probe(path)));
    }

    [Fact]
    public async Task A_pid_of_another_program_is_recognised()
    {
        await using var process = ChildProcess.Start("sleep", ["60"]);
        var probe = Probe(_volume.Write("app.pid", $"{process.Id}"), new ProcessExpectation { Executable = "/usr/bin/java" });

        Assert.Equal(ProbeResult.Failed($"pid {process.Id} is another program (sleep)"), await AskAsync(probe));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nginx")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("99999999999999999999")]
    [InlineData("12 34")]
    public async Task Garbage_is_no_pid(string content)
    {
        Assert.Equal(ProbeResult.Failed("the pid file holds no pid"), await AskAsync(Probe(_volume.Write("app.pid", content))));
    }

    [Fact]
    public async Task Without_a_file_or_with_a_folder_in_its_place_it_is_a_miss()
    {
        Assert.Equal(ProbeResult.Failed("there is no pid file"), await AskAsync(Probe(_volume.PathOf("app.pid"))));
        Assert.Equal(ProbeResult.Failed("the pid file is a folder, a pipe or a device"), await AskAsync(Probe(_volume.Folder("folder"))));
    }

    public void Dispose() => _volume.Dispose();

    private static PidFileProbe Probe(string path, ProcessExpectation? expected = null) =>
        new(path, expected ?? new ProcessExpectation(), new ProcessTable(), new ProcessDetails(), TimeProvider.System);

    private static Task<ProbeResult> AskAsync(PidFileProbe probe) => probe.AskAsync(TestContext.Current.CancellationToken);
}
