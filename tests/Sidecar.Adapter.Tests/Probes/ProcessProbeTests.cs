using Sidecar.Adapter.Probes;
using Sidecar.Hosting.ProcFs;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes;

public sealed class ProcessProbeTests : IDisposable
{
    private const string Name = "adapter-test-worker-long-name";

    private readonly TempVolume _volume = new();

    [Fact]
    public async Task A_process_is_seen_to_run_to_end_and_to_run_again()
    {
        var probe = new ProcessProbe(Name, Range("1-"), new ProcessTable());
        Assert.Equal(ProbeResult.Failed("not running"), await AskAsync(probe));

        await using (var first = Start())
        {
            Assert.Equal($"running (pid {first.Id})", (await AskAsync(probe)).Reason);
            Assert.True((await AskAsync(probe)).HasPassed);
        }
        Assert.Equal(ProbeResult.Failed("not running"), await AskAsync(probe));

        await using var second = Start();
        Assert.Equal($"running (pid {second.Id})", (await AskAsync(probe)).Reason);
    }

    [Fact]
    public async Task The_number_of_processes_has_to_be_in_the_range()
    {
        var two = new ProcessProbe(Name, Range("2"), new ProcessTable());
        var atLeastTwo = new ProcessProbe(Name, Range("2-"), new ProcessTable());
        await using var first = Start();
        Assert.Equal("1 running, expected 2", (await AskAsync(two)).Reason);
        Assert.Equal("1 running, expected 2-", (await AskAsync(atLeastTwo)).Reason);

        await using var second = Start();
        Assert.True((await AskAsync(two)).HasPassed);
        Assert.True((await AskAsync(atLeastTwo)).HasPassed);

        await using var third = Start();
        Assert.Equal("3 running, expected 2", (await AskAsync(two)).Reason);
        Assert.True((await AskAsync(atLeastTwo)).HasPassed);
    }

    [Fact]
    public async Task One_that_must_not_run_is_a_miss_when_it_does()
    {
        var none = new ProcessProbe(Name, Range("0"), new ProcessTable());
        Assert.True((await AskAsync(none)).HasPassed);

        await using var process = Start();
        Assert.Equal("1 running, expected 0", (await AskAsync(none)).Reason);
    }

    [Theory]
    [InlineData("1-")]
    [InlineData("0")]
    public async Task Without_a_shared_namespace_the_answer_is_unknown_and_names_the_line_that_mends_it(string range)
    {
        _volume.Write("1/stat", "1 (sidecar-adapter) S 0 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 77 8192 200 1 0 0\n");

        var result = await AskAsync(new ProcessProbe("orders", Range(range), new ProcessTable(_volume.Root, ownPid: 1)));

        Assert.Equal(Answer.Unknown, result.Answer);
        Assert.Contains("shareProcessNamespace: true", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Zombies_do_not_count_and_are_named()
    {
        _volume.Write("1/stat", "1 (pause) S 0 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 77 8192 200 1 0 0\n");
        _volume.Write("9/stat", "9 (orders) Z 1 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 78 8192 200 1 0 0\n");

        var result = await AskAsync(new ProcessProbe("orders", Range("1-"), new ProcessTable(_volume.Root, ownPid: 5)));

        Assert.Equal(ProbeResult.Failed("not running, 1 ended and not reaped by their parent (zombies)"), result);
    }

    public void Dispose() => _volume.Dispose();

    private ChildProcess Start()
    {
        var program = _volume.PathOf(Name);
        if (!File.Exists(program))
            File.Copy("/bin/sleep", program);
        return ChildProcess.Start(program, ["60"]);
    }

    private static NumberRanges Range(string text) => NumberRanges.Read(text, 0, int.MaxValue).Value;

    private static Task<ProbeResult> AskAsync(ProcessProbe probe) => probe.AskAsync(TestContext.Current.CancellationToken);
}
