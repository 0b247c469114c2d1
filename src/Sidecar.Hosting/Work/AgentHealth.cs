using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Work;

/// <summary>
/// What is wrong with the agent, with its surroundings, and with what it watches, put together for a person. Unhealthy is what
/// an orchestrator sees as 503; trouble outside that the agent copes with is degraded.
/// </summary>
internal sealed class AgentHealth(AgentState state, Loops loops, BoundSettings settings, TimeProvider time)
{
    private readonly Wellness _outside = settings.Get(SharedSettings.ReadyWhen) == ReadyWhen.Upstream ? Wellness.Unhealthy : Wellness.Degraded;

    public Diagnosis Now()
    {
        Problem[] problems =
        [
            .. loops.All.Where(loop => loop.IsStuck).Select(Stuck),
            .. state.UnmetConditions.Select(Unmet).OfType<Problem>(),
            .. state.Troubles.Select(Outside).OfType<Problem>(),
            .. state.Findings.SelectMany(find => find()),
        ];
        Array.Sort(problems, static (one, other) => one.Level == other.Level ? Nullable.Compare(one.Since, other.Since) : other.Level.CompareTo(one.Level));
        return new Diagnosis(state.IsDraining ? Wellness.Draining : problems.Length == 0 ? Wellness.Healthy : problems[0].Level, problems);
    }

    private Problem Stuck(Loop loop) => new(
        Wellness.Unhealthy, $"loop {loop.Name}", "it makes no progress", time.GetUtcNow() - loop.Silence,
        "A restart is right, and /livez asks for one. Keep the log from before it: this is worth a bug report.");

    // The reason may go while we look, here and below.
    private Problem? Unmet(Condition condition) => condition.Reason is { } reason
        ? new Problem(Wellness.Starting, condition.Name, reason, state.StartedAt, "Wait. If it lasts, the last lines of the agent's log say what it waits for.")
        : null;

    private Problem? Outside(Trouble trouble) =>
        trouble.Now is { } now ? new Problem(_outside, trouble.Name, now.Reason, now.Since, now.Remedy) : null;
}
