namespace Sidecar.Hosting.Work;

/// <summary>When the agent's state changed, into what, and why.</summary>
internal sealed record HealthChange(DateTimeOffset At, Wellness State, string Why);
