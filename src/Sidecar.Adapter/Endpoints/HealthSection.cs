using System.Text.Json.Nodes;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting.Work;

namespace Sidecar.Adapter.Endpoints;

/// The app's health on the status page, in full: each probe with its last answer, its age and cost, and each group.
internal sealed class HealthSection(IReadOnlyList<ProbePlan> plans, VerdictSource source, TimeProvider time)
{
    public void AddTo(AgentState state, AdapterMetrics metrics)
    {
        state.Rate("Answers of probes", "", () => metrics.RunsSoFar);
        state.Rate("Answers that were no pass", "", () => metrics.MissesSoFar);
        state.Finds(() => AppProblems.Of(source.Current));
        source.GroupTurned = state.HasChanged;
        state.Section(
            "health", Show,
            new StatusTable(
                "What orchestrators are told",
                new StatusColumn("name", "Group"),
                new StatusColumn("up", "State", StatusForm.State),
                new StatusColumn("for_seconds", "For", StatusForm.Duration),
                new StatusColumn("probes", "Probes that count")) { Rows = static health => health["groups"]!.AsArray() },
            new StatusTable(
                "Probes",
                new StatusColumn("name", "Probe"),
                new StatusColumn("believed", "State", StatusForm.State),
                new StatusColumn("for_seconds", "For", StatusForm.Duration),
                new StatusColumn("reason", "Last answer"),
                new StatusColumn("last_answers", "Last answers", StatusForm.Answers),
                new StatusColumn("asked_seconds_ago", "Asked before", StatusForm.Duration)) { Rows = static health => health["probes"]!.AsArray() });
    }

    public JsonNode Show()
    {
        var verdict = source.Current;
        var now = time.GetUtcNow();
        return new JsonObject
        {
            ["groups"] = new JsonArray([.. verdict.Groups.Select(group => Show(group, now))]),
            ["probes"] = new JsonArray([.. plans.Zip(verdict.Probes, (plan, probe) => Show(plan, probe, now))]),
        };
    }

    private static JsonObject Show(GroupState group, DateTimeOffset now) => new JsonObject
    {
        ["name"] = group.Name,
        ["up"] = group.IsUp,
        ["for_seconds"] = Seconds(now - group.Since),
        ["probes"] = string.Join(", ", group.Probes.Select(probe => probe.Name)),
    };

    private static JsonObject Show(ProbePlan plan, ProbeState probe, DateTimeOffset now) => new JsonObject
    {
        ["name"] = plan.Name,
        ["asks"] = plan.Asks,
        ["believed"] = probe.BeliefWord,
        ["for_seconds"] = Seconds(now - probe.Since),
        ["last_answer"] = probe.Last?.Outcome,
        ["reason"] = probe.Reason,
        ["trace_id"] = probe.TraceId,
        ["asked_seconds_ago"] = probe.AskedAt is { } asked ? Seconds(now - asked) : null,
        ["next_in_seconds"] = NextIn(plan.Schedule, probe, now),
        ["last_answers"] = probe.Strip,
        ["changes"] = new JsonArray([.. probe.Turns.Reverse().Select(turn => (JsonNode)$"{turn.At:yyyy-MM-ddTHH:mm:ssZ} {turn.To}: {turn.Reason}")]),
        ["output"] = probe.Last?.Detail,
        ["cost_ms"] = probe.Last is { } last ? Math.Round(last.Cost.TotalMilliseconds, 2) : null,
        ["passes_in_a_row"] = probe.Passes,
        ["misses_in_a_row"] = probe.Misses,
        ["fall"] = plan.Schedule.Fall,
        ["rise"] = plan.Schedule.Rise,
    };

    // To the next start. The last answer came after what it cost.
    private static double? NextIn(ProbeSchedule schedule, ProbeState probe, DateTimeOffset now)
    {
        if (probe is not { Last: { } last, AskedAt: { } answered })
            return null;

        var next = answered - last.Cost + schedule.ToNextStart(last.Cost, probe.Misses);
        return Math.Max(0, Seconds(next - now));
    }

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 1);
}
