using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting.Work;

namespace Sidecar.Adapter.Tests.Verdicts;

/// What the status page says is wrong with the app.
public sealed class AppProblemsTests
{
    private static readonly DateTimeOffset Before = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void An_app_that_is_well_has_none_and_one_that_was_not_asked_often_enough_is_starting()
    {
        var up = new ProbeState("web", Belief.Up, Before) { Last = ProbeResult.Passed("status 200") };
        var notAsked = new ProbeState("web", Belief.Unknown, Before);

        Assert.Empty(AppProblems.Of(VerdictOf(Group("ready", true, up))));
        Assert.Equal(Wellness.Starting, Assert.Single(AppProblems.Of(VerdictOf(Group("ready", false, notAsked)))).Level);
    }

    [Fact]
    public void What_is_down_for_the_same_reason_is_said_once_with_what_the_orchestrator_does_about_it()
    {
        var down = Down("web", "status 500");

        var both = Assert.Single(AppProblems.Of(VerdictOf(Group("live", false, down), Group("ready", false, down))));
        var ready = Assert.Single(AppProblems.Of(VerdictOf(Group("live", true, down), Group("ready", false, down))));

        Assert.Equal((Wellness.Unhealthy, "the app is not live and not ready", "web: status 500", Before), (both.Level, both.Name, both.Reason, both.Since));
        Assert.StartsWith("The orchestrator restarts the app", both.Remedy);
        Assert.StartsWith("The app gets no traffic", ready.Remedy);
    }

    [Fact]
    public void A_probe_that_is_known_not_to_tell_is_a_problem_and_no_start()
    {
        var blind = new ProbeState("job", Belief.Unknown, Before) { Last = ProbeResult.Unknown("permission denied"), Turns = [new ProbeTurn(Before, "unknown", "permission denied")] };

        var problem = Assert.Single(AppProblems.Of(VerdictOf(Group("ready", false, blind))));

        Assert.Equal((Wellness.Unhealthy, "job: permission denied"), (problem.Level, problem.Reason));
    }

    [Fact]
    public void In_maintenance_ready_is_down_on_purpose_and_what_is_degraded_is_said_besides()
    {
        var verdict = VerdictOf(
            Group("ready", false, Down("web", "status 500")),
            new GroupState("live", true, IsDegraded: true, Before, [Down("mail", "refused")]));

        var problems = AppProblems.Of(verdict with { MaintainedSince = Before }).ToArray();

        Assert.Equal(["maintenance", "the app is live, with something to say"], problems.Select(problem => problem.Name));
        Assert.All(problems, problem => Assert.Equal(Wellness.Degraded, problem.Level));
        Assert.Equal("mail: refused", problems[1].Reason);
    }

    private static ProbeState Down(string name, string reason) =>
        new(name, Belief.Down, Before) { Last = ProbeResult.Failed(reason), Turns = [new ProbeTurn(Before, "down", reason)] };

    private static GroupState Group(string name, bool isUp, params ProbeState[] probes) => new(name, isUp, IsDegraded: false, Before, [.. probes]);

    private static Verdict VerdictOf(params GroupState[] groups) => new([.. groups.SelectMany(group => group.Probes)], [.. groups]);
}
