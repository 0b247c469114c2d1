namespace Sidecar.Hosting.Work;

/// <summary>One thing that has to stand before the agent is ready.</summary>
/// <param name="changed">Called when it is met, and when it is so no more.</param>
public sealed class Condition(string name, Action? changed = null)
{
    private volatile string? _reason = "not yet";

    public string Name => name;

    public bool IsMet => _reason is null;

    /// <summary>Why it is not met; null when it is.</summary>
    public string? Reason => _reason;

    public void Met() => Become(null);

    public void Unmet(string reason) => Become(reason);

    private void Become(string? reason)
    {
        var wasMet = IsMet;
        _reason = reason;
        if (wasMet != IsMet)
        {
            changed?.Invoke();
        }
    }
}
