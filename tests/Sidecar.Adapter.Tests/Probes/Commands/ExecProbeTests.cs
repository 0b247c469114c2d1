using System.Collections.Immutable;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Commands;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.ProcFs;

namespace Sidecar.Adapter.Tests.Probes.Commands;

public sealed class ExecProbeTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);


    [Theory]
    [InlineData("exit 0", "pass: exit code 0")]
    [InlineData("exit 3", "fail: exit code 3")]
    [InlineData("kill -9 $$", "fail: the command was ended by signal 9")]
    public async Task The_exit_code_decides(string script, string expected)
    {
        Assert.Equal(expected, Said(await RunAsync(script)));
    }

    [Theory]
    [InlineData("/nowhere/check", "the command does not exist")]
    [InlineData("/etc/passwd", "the command may not be executed")]
    public async Task A_command_that_can_not_be_started_is_unknown(string program, string reason)
    {
        Assert.Equal(ProbeResult.Unknown(reason), await AskAsync([program]));
    }

    [Theory]
    [InlineData("echo 'DISK OK - free 3 GB|/=2643MB;5948;5958;0;5968 time=12ms'; exit 0", "pass: DISK OK - free 3 GB", "/=2771386368 time=0.012")]
    [InlineData("echo 'LOAD WARNING'; echo second line; exit 1", "warn: LOAD WARNING", "")]
    [InlineData("echo \"CRITICAL|'queue length'=70;;;0 rate=U used=91%\"; exit 2", "fail: CRITICAL", "queue length=70 used=91")]
    [InlineData("exit 3", "unknown: exit code 3", "")]
    [InlineData("exit 77", "unknown: exit code 77", "")]
    public async Task A_monitoring_plugin_says_it_with_its_code_its_first_line_and_its_performance_data(string script, string expected, string measures)
    {
        var result = await RunAsync(script, ExitMeaning.Nagios);

        Assert.Equal(expected, Said(result));
        Assert.Equal(measures, string.Join(' ', result.Measures.Select(measure => FormattableString.Invariant($"{measure.Name}={measure.Value}"))));
    }

    [Fact]
    public async Task Its_output_has_to_hold_what_is_expected_and_only_the_first_part_is_kept()
    {
        var rules = ContentRules.None with { Text = "ready" };

        var right = await RunAsync("echo ready", content: rules);
        var wrong = await RunAsync("echo waiting >&2", content: rules);
        var endless = await RunAsync("head -c 3000000 /dev/zero | tr '\\0' x; echo done");

        Assert.Equal(["pass: exit code 0", "fail: exit code 0, but the text is not in the output", "pass: exit code 0"], new[] { right, wrong, endless }.Select(Said));
        Assert.Equal(["ready\n", "waiting\n"], new[] { right, wrong }.Select(result => result.Detail));
        Assert.Equal(ExecProbe.MaxOutputBytes, endless.Detail!.Length);
    }

    [Fact]
    public async Task It_gets_the_containers_environment_but_no_settings_of_ours_no_input_and_no_ignored_signals()
    {
        var result = await RunAsync("env; cat; grep SigIgn /proc/self/status");

        Assert.Contains("PATH=", result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("ADAPTER_", result.Detail, StringComparison.Ordinal);
        Assert.Contains("SigIgn:\t0000000000000000", result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sleep 71.{0} & sleep 71.{0}")]
    [InlineData("setsid sleep 71.{0} & sleep 71.{0}")]
    [InlineData("setsid sh -c 'setsid sleep 71.{0} & setsid sleep 71.{0} & wait' & wait")]
    [InlineData("trap '' TERM INT HUP; (trap '' TERM; sleep 71.{0} & sleep 71.{0}); sleep 71.{0}")]
    [InlineData("(setsid sh -c 'sleep 71.{0} & sleep 71.{0} & exit' &) ; sleep 71.{0}")]
    public async Task At_the_time_out_everything_it_started_is_killed(string script)
    {
        var mark = $"{Random.Shared.Next():000000000}";
        using var timeout = new CancellationTokenSource(Soon);

        var result = await Probe(["/bin/sh", "-c", script.Replace("{0}", mark, StringComparison.Ordinal)]).AskAsync(timeout.Token);

        Assert.Equal("timeout: timed out waiting for the command, which was killed with all it started", Said(result));
        Assert.Empty(Marked(mark));
    }

    [Fact]
    public async Task What_a_command_leaves_behind_when_it_ends_is_killed_too()
    {
        var mark = $"{Random.Shared.Next():000000000}";

        var result = await RunAsync($"(setsid sleep 71.{mark} &) ; sleep 71.{mark} & exit 0");

        Assert.Equal("pass: exit code 0", Said(result));
        Assert.Empty(Marked(mark));
    }

    [Fact]
    public async Task Many_at_once_that_time_out_leave_nothing_and_no_zombies()
    {
        var mark = $"{Random.Shared.Next():000000000}";
        for (var round = 0; round < 3; round++)
        {
            using var timeout = new CancellationTokenSource(Soon);
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
                Probe(["/bin/sh", "-c", $"setsid sleep 71.{mark} & sleep 71.{mark} & sleep 71.{mark}"]).AskAsync(timeout.Token)));
            Assert.All(results, result => Assert.Equal(Answer.TimedOut, result.Answer));
        }

        Assert.Empty(Marked(mark));
    }


    private static string Said(ProbeResult result) => $"{result.Outcome}: {result.Reason}";

    private static int[] Marked(string mark)
    {
        var details = new ProcessDetails();
        return
        [
            .. new ProcessTable().All()
                .Where(stat => !stat.HasEnded && details.CommandLine(stat.Pid)?.Contains(mark, StringComparison.Ordinal) == true)
                .Select(stat => stat.Pid),
        ];
    }

    private static ExecProbe Probe(ImmutableArray<string> words, ExitMeaning exit = ExitMeaning.Boolean, ContentRules? content = null) =>
        new(words, exit, content ?? ContentRules.None, Children.OfThisProcess);

    private static Task<ProbeResult> RunAsync(string script, ExitMeaning exit = ExitMeaning.Boolean, ContentRules? content = null) =>
        Probe(["/bin/sh", "-c", script], exit, content).AskAsync(TestContext.Current.CancellationToken);

    private static Task<ProbeResult> AskAsync(ImmutableArray<string> words) => Probe(words).AskAsync(TestContext.Current.CancellationToken);
}
