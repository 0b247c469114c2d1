namespace Sidecar.Hosting.Settings;

/// <summary>What the agent's readiness depends on.</summary>
public enum ReadyWhen
{
    Self,
    Upstream,
}
