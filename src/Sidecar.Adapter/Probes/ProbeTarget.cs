using Sidecar.Adapter.Probes.Push;

namespace Sidecar.Adapter.Probes;

/// What a probe's URL and conditions mean: how to make the probe, and how to say it to people.
/// <param name="Shown">The URL, without credentials.</param>
/// <param name="Condition">What has to hold, for `check`: "status 200-399".</param>
/// <param name="IsCuredByRestart">Restarting the app can cure it: the target is in the pod, and the app's.</param>
/// <param name="Make">Makes the probe when the agent starts; nothing is opened before.</param>
internal sealed record ProbeTarget(string Shown, string Condition, bool IsCuredByRestart, Func<TimeProvider, IProbe> Make)
{
    /// What adds to the time until a hang is seen: a file stays fresh for its maximum age.
    public TimeSpan Lag { get; init; }

    /// Where the app's own reports go; null for a target that is asked.
    public PushBox? Box { get; init; }
}
