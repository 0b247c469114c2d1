namespace Sidecar.Adapter.Probes;

/// One probe as the settings describe it: what it asks, when, and what for. Making the plan opens nothing.
internal sealed record ProbePlan(string Name, ProbeTarget Target, ProbeSchedule Schedule)
{
    /// What `check` and the status page say of it.
    public string Asks => $"{Target.Shown}, expects {Target.Condition}";
}
