using System.Text.RegularExpressions;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Processes;
using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes.Processes;

public sealed class ProcessProbeTests : IDisposable
{
    private const string Name = "adapter-test-worker-long-name";

    private readonly TempVolume _volume = new();

    [Fact]
    public async Task A_process_is_seen_to_run_to_end_and_to_run_again()
    {
        var probe = Probe(Name, "1-", new ProcessTable());
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
        var two = Probe(Name, "2", new ProcessTable());
        var atLeastTwo = Probe(Name, "2-", new ProcessTable());
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
        var none = Probe(Name, "0", new ProcessTable());
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

        var result = await AskAsync(Probe("orders", range, new ProcessTable(_volume.Root, ownPid: 1)));

        Assert.Equal(Answer.Unknown, result.Answer);
        Assert.Contains("shareProcessNamespace: true", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Zombies_do_not_count_and_are_named()
    {
        _volume.Write("1/stat", "1 (pause) S 0 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 77 8192 200 1 0 0\n");
        _volume.Write("9/stat", "9 (orders) Z 1 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 78 8192 200 1 0 0\n");

        var result = await AskAsync(Probe("orders", "1-", new ProcessTable(_volume.Root, ownPid: 5)));

        Assert.Equal(ProbeResult.Failed("not running, 1 ended and not reaped by their parent (zombies)"), result);
    }

    [Fact]
    public async Task One_of_several_of_a_name_is_found_by_its_command_line()
    {
        await using var other = Start("61");
        await using var meant = Start("62");

        var found = await AskAsync(Probe(new ProcessExpectation { CommandLine = new Regex("long-name 62$") }));
        var none = await AskAsync(Probe(new ProcessExpectation { Name = Name, CommandLine = new Regex("long-name 63$") }));

        Assert.Equal([$"running (pid {meant.Id})", "not running"], new[] { found.Reason, none.Reason });
    }

    [Fact]
    public async Task One_of_another_user_or_executable_is_not_meant()
    {
        await using var process = Start();
        var user = new ProcessDetails().UserId(process.Id);

        var own = await AskAsync(Probe(new ProcessExpectation { Name = Name, UserId = user, Executable = _volume.PathOf(Name) }));
        var strangers = await AskAsync(Probe(new ProcessExpectation { Name = Name, UserId = user + 1 }));
        var another = await AskAsync(Probe(new ProcessExpectation { Name = Name, Executable = "/usr/bin/java" }));

        Assert.Equal([$"running (pid {process.Id})", "not running", "not running"], new[] { own.Reason, strangers.Reason, another.Reason });
    }

    [Fact]
    public async Task One_that_is_too_young_too_large_or_has_too_many_files_is_a_miss_that_says_so()
    {
        await using var process = Start();

        var young = await AskAsync(Probe(new ProcessExpectation { Name = Name, MinAge = TimeSpan.FromDays(1) }));
        var large = await AskAsync(Probe(new ProcessExpectation { Name = Name, MaxResidentBytes = 1024 }));
        var greedy = await AskAsync(Probe(new ProcessExpectation { Name = Name, MaxOpenFiles = 2 }));
        var well = await AskAsync(Probe(new ProcessExpectation { Name = Name, MaxOpenFiles = 1000, MaxResidentBytes = 1 << 30 }));

        Assert.Matches($"pid {process.Id} was started [0-9.]+s ago, expected at least 1d", young.Reason);
        Assert.Matches($"pid {process.Id} holds [0-9.]+ MiB, expected at most 0", large.Reason);
        Assert.Matches($"pid {process.Id} has [0-9]+ open files, expected at most 2", greedy.Reason);
        Assert.True(well.HasPassed);
    }

    [Fact]
    public async Task One_that_is_stuck_for_too_long_is_a_miss_and_a_short_sleep_is_not()
    {
        var time = new ManualTime();
        Stat('D');
        var probe = new ProcessProbe(
            new ProcessExpectation { Name = "orders" }, Range("1-"), new ProcessTable(_volume.Root, ownPid: 5), new ProcessDetails(_volume.Root), time);
        Assert.True((await AskAsync(probe)).HasPassed);

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.True((await AskAsync(probe)).HasPassed);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("pid 9 has been stuck in an uninterruptible sleep (D) for 60s", (await AskAsync(probe)).Reason);

        Stat('S');
        Assert.True((await AskAsync(probe)).HasPassed);
        Stat('D');
        Assert.True((await AskAsync(probe)).HasPassed);

        void Stat(char state)
        {
            _volume.Write("1/stat", "1 (pause) S 0 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 77 8192 200 1 0 0\n");
            _volume.Write("9/stat", $"9 (orders) {state} 1 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 78 8192 200 1 0 0\n");
        }
    }

    public void Dispose() => _volume.Dispose();

    private ChildProcess Start(string seconds = "60")
    {
        var program = _volume.PathOf(Name);
        if (!File.Exists(program))
            File.Copy("/bin/sleep", program);
        return ChildProcess.Start(program, [seconds]);
    }

    private static ProcessProbe Probe(string name, string count, ProcessTable processes) =>
        new(new ProcessExpectation { Name = name }, Range(count), processes, new ProcessDetails(), TimeProvider.System);

    private static ProcessProbe Probe(ProcessExpectation expected) =>
        new(expected, Range("1-"), new ProcessTable(), new ProcessDetails(), TimeProvider.System);

    private static NumberRanges Range(string text) => NumberRanges.Read(text, 0, int.MaxValue).Value;

    private static Task<ProbeResult> AskAsync(ProcessProbe probe) => probe.AskAsync(TestContext.Current.CancellationToken);
}
