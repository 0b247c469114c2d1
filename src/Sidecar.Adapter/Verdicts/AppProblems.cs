using Sidecar.Hosting.Work;

namespace Sidecar.Adapter.Verdicts;

/// What is wrong with the app, for a person: which groups are not well because of which probes, and what to do about it.
internal static class AppProblems
{
    private const string App = "The app";

    public static IEnumerable<Problem> Of(Verdict verdict)
    {
        var down = verdict.Groups.Where(group => !group.IsUp && !(verdict.MaintainedSince is not null && group.Name == GroupPlans.Ready)).ToArray();
        var degraded = verdict.Groups.Where(group => group.IsDegraded).ToArray();
        if (verdict.MaintainedSince is { } since)
        {
            yield return new Problem(
                Wellness.Degraded, "maintenance", "ready is down and live holds, whatever the probes say", since,
                "`sidecar-adapter maintenance off` ends it; ADAPTER_MAINTENANCE_FILE has to be gone too, if it is used.");
        }

        if (down.Length > 0)
        {
            // A probe that was not asked often enough yet says nothing of the app.
            var isUndecided = down.SelectMany(NotWell).All(probe => probe is { Belief: Belief.Unknown, Turns.Length: 0 });
            yield return new Problem(
                isUndecided ? Wellness.Starting : Wellness.Unhealthy, $"the app is not {Names(down, " and not ")}", Reasons(down), down.Min(group => group.Since), Remedy(down), App);
        }

        if (degraded.Length > 0)
        {
            yield return new Problem(
                Wellness.Degraded, $"the app is {Names(degraded, " and ")}, with something to say", Reasons(degraded),
                degraded.SelectMany(NotWell).Select(probe => (DateTimeOffset?)probe.Since).Min(),
                "It stays in traffic and is not restarted. Look at what the probe names before it becomes worse.", App);
        }
    }

    private static string Names(GroupState[] groups, string between) => string.Join(between, groups.Select(group => group.Name));

    private static IEnumerable<ProbeState> NotWell(GroupState group) => group.Probes.Where(probe => probe.Level != GroupLevel.Up);

    private static string Reasons(GroupState[] groups) =>
        string.Join("; ", groups.SelectMany(NotWell).Select(probe => $"{probe.Name}: {probe.Reason}").Distinct());

    private static string Remedy(GroupState[] down)
    {
        if (down.Any(group => group.Name == GroupPlans.Live))
            return "The orchestrator restarts the app while /health/live answers 503. Look at the app's own log. If it is only slow: a longer _TIMEOUT or _FALL of that probe, or ADAPTER_LIVE without it.";
        if (down.Any(group => group.Name == GroupPlans.Ready))
            return "The app gets no traffic while /health/ready answers 503, and is not restarted for that. Look at what the probe names, and at the app's log. ADAPTER_READY says which probes count.";
        return "Whoever asks for these groups gets 503. Look at what the probes name, and at the app's log.";
    }
}
