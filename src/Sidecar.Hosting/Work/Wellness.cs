namespace Sidecar.Hosting.Work;

/// <summary>How well an agent is, or one part of its work. In order: the worst of several is the greatest.</summary>
public enum Wellness
{
    Healthy,
    Starting,
    Draining,
    Degraded,
    Unhealthy,
}
