namespace Sidecar.Hosting.Work;

/// <summary>One thing that has to stand before the agent is ready.</summary>
public sealed class Condition(string name)
{
    private volatile string? _reason = "not yet";

    public string Name => name;

    public bool IsMet => _reason is null;

    /// <summary>Why it is not met; null when it is.</summary>
    public string? Reason => _reason;

    public void Met() => _reason = null;

    public void Unmet(string reason) => _reason = reason;
}
