using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Adapter.Probes;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes;

public sealed class ProbeRunnerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    // How long the runner waits for a probe that was told to stop.
    private static readonly TimeSpan Patience = Timeout + TimeSpan.FromMilliseconds(200);

    private readonly ManualTime _time = new();
    private readonly List<(TimeSpan At, ProbeResult Result)> _reports = [];

    [Fact]
    public async Task The_first_question_is_asked_at_once_and_starts_are_one_interval_apart()
    {
        var passed = ProbeResult.Passed("well");
        var runner = Runner(new ScriptedProbe().Then(passed).Then(passed).Then(passed));

        await TakeTurnAsync(runner);
        await TakeTurnAsync(runner, after: Interval);
        await TakeTurnAsync(runner, after: Interval);

        Assert.Equal([0, 5, 10], _reports.Select(report => report.At.TotalSeconds));
    }

    [Fact]
    public async Task With_an_initial_delay_the_first_question_waits_for_it_and_the_others_follow_as_ever()
    {
        var passed = ProbeResult.Passed("well");
        var runner = Runner(new ScriptedProbe().Then(passed).Then(passed), initialDelay: TimeSpan.FromSeconds(30));

        await TakeTurnAsync(runner, after: TimeSpan.FromSeconds(30));
        await TakeTurnAsync(runner, after: Interval);

        Assert.Equal([30, 35], _reports.Select(report => report.At.TotalSeconds));
    }

    [Fact]
    public async Task A_target_that_hangs_is_reported_at_the_time_out_and_does_not_stretch_the_period()
    {
        var probe = new ScriptedProbe().Then(ProbeResult.Passed("well"));
        var runner = Runner(probe);

        await TakeTurnAsync(runner);
        await HangAsync(runner, probe, after: Interval);
        // A slow miss pulls the next start forward, by what it took above a second, until it is believed.
        await HangAsync(runner, probe, after: TimeSpan.FromSeconds(2));
        await HangAsync(runner, probe, after: TimeSpan.FromSeconds(2));
        await HangAsync(runner, probe, after: TimeSpan.FromSeconds(3));

        Assert.Equal([0, 7, 11, 15, 20], _reports.Select(report => report.At.TotalSeconds));
        Assert.All(_reports.Skip(1), report => Assert.Equal(Answer.TimedOut, report.Result.Answer));
        Assert.Equal("timed out waiting for the test (after 2s)", _reports[^1].Result.Reason);
        Assert.Equal(Timeout, _reports[^1].Result.Cost);
        Assert.Equal(1, probe.MostAtOnce);
    }

    [Fact]
    public async Task A_probe_that_never_comes_back_is_not_asked_twice_and_each_interval_still_has_its_miss()
    {
        var probe = new ScriptedProbe { HeedsTimeout = false };
        var runner = Runner(probe);

        await StickAsync(runner, probe);
        await TakeTurnAsync(runner, after: Interval);
        await TakeTurnAsync(runner, after: Interval);

        Assert.Equal(1, probe.Asked);
        Assert.Equal(3, _reports.Count);
        Assert.All(_reports, report => Assert.Equal(Answer.TimedOut, report.Result.Answer));
        Assert.StartsWith("has not come back for", _reports[^1].Result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_that_came_back_late_is_asked_again_and_its_late_answer_does_not_count()
    {
        var probe = new ScriptedProbe { HeedsTimeout = false };
        var runner = Runner(probe);
        var question = await StickAsync(runner, probe);

        question.SetResult(ProbeResult.Failed("too late"));
        probe.Then(ProbeResult.Passed("well again"));
        var toNextStart = Interval - Patience;
        // The late answer is on its way through the pool while turns are taken.
        await Eventually.TrueAsync(
            async () =>
            {
                // To the start and no further: beyond it lies the next time-out.
                await TakeTurnAsync(runner, after: toNextStart);
                toNextStart = Interval;
                return _reports[^1].Result.HasPassed;
            },
            cancellation: TestContext.Current.CancellationToken);

        Assert.Equal("well again", _reports[^1].Result.Reason);
        Assert.DoesNotContain(_reports, report => report.Result.Reason == "too late");
        Assert.Equal(1, probe.MostAtOnce);
    }

    [Fact]
    public async Task A_probe_that_breaks_its_promise_and_throws_is_an_unknown_answer_and_is_asked_again()
    {
        var runner = Runner(new ScriptedProbe().Then(() => throw new InvalidOperationException("a bug")).Then(ProbeResult.Passed("well")));

        await TakeTurnAsync(runner);
        await TakeTurnAsync(runner, after: Interval);

        Assert.Equal([Answer.Unknown, Answer.Pass], _reports.Select(report => report.Result.Answer));
    }

    [Fact]
    public async Task The_stop_signal_ends_the_wait_for_an_answer()
    {
        using var stopping = new CancellationTokenSource();
        var probe = new ScriptedProbe { HeedsTimeout = false };
        var turn = Runner(probe).TakeTurnAsync(stopping.Token);
        await probe.NextQuestionAsync(TestContext.Current.CancellationToken);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => turn);
        Assert.Empty(_reports);
    }

    private ProbeRunner Runner(ScriptedProbe probe, TimeSpan initialDelay = default)
    {
        var target = new ProbeTarget("test:", "anything", IsCuredByRestart: true, _ => probe);
        var plan = new ProbePlan("web", target, new ProbeSchedule(Interval, Timeout, Fall: 3, Rise: 1) { InitialDelay = initialDelay });
        return new ProbeRunner(plan, probe, result => _reports.Add((_time.GetUtcNow() - _time.Start, result)), _time, jitter: () => 1, NullLogger<ProbeRunner>.Instance);
    }

    // A turn whose answer comes at once: only the wait for its start needs the clock.
    private async Task TakeTurnAsync(ProbeRunner runner, TimeSpan after = default)
    {
        var turn = runner.TakeTurnAsync(TestContext.Current.CancellationToken);
        await PassAsync(after);
        await turn;
    }

    // A turn whose question is ended by the time-out.
    private async Task HangAsync(ProbeRunner runner, ScriptedProbe probe, TimeSpan after)
    {
        var turn = runner.TakeTurnAsync(TestContext.Current.CancellationToken);
        await PassAsync(after);
        await probe.NextQuestionAsync(TestContext.Current.CancellationToken);
        _time.Advance(Timeout);
        await turn;
    }

    // A first turn whose question does not heed the time-out: the runner stops waiting a moment later.
    private async Task<TaskCompletionSource<ProbeResult>> StickAsync(ProbeRunner runner, ScriptedProbe probe)
    {
        var turn = runner.TakeTurnAsync(TestContext.Current.CancellationToken);
        var question = await probe.NextQuestionAsync(TestContext.Current.CancellationToken);
        await _time.WhenArmedAsync(2, TestContext.Current.CancellationToken);
        _time.Advance(Patience);
        await turn;
        return question;
    }

    private async Task PassAsync(TimeSpan time)
    {
        if (time == TimeSpan.Zero)
            return;

        await _time.WhenArmedAsync(1, TestContext.Current.CancellationToken);
        _time.Advance(time);
    }
}
