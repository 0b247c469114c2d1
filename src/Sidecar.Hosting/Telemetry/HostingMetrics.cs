using System.Diagnostics.Metrics;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Telemetry;

/// <summary>What every agent counts of itself.</summary>
public sealed class HostingMetrics
{
    public const string MeterName = "Sidecar.Hosting";

    private readonly Counter<long> _loopFailures;
    private readonly Meter _meter;

    public HostingMetrics(IMeterFactory meters, BuildInfo build)
    {
        _meter = meters.Create(MeterName);
        _loopFailures = _meter.CreateCounter<long>("sidecar.loop.failures", "{failure}", "Turns of a loop, or scopes, that ended with an error.");
        _meter.CreateObservableGauge(
            "sidecar.build.info",
            () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", build.Version), new KeyValuePair<string, object?>("commit", build.Commit)),
            description: "1, with the version as labels.");
    }

    /// <summary>Shows a loop that has not failed yet: an alert can't be about a series that is not there.</summary>
    public void LoopRuns(string loop) => _loopFailures.Add(0, new KeyValuePair<string, object?>("loop", loop));

    public void LoopFailed(string loop) => _loopFailures.Add(1, new KeyValuePair<string, object?>("loop", loop));

    /// <summary>Publishes what <paramref name="state"/> says: readiness, draining, and each kind of outside trouble.</summary>
    internal void Observe(AgentState state, int unknownVariables)
    {
        _meter.CreateObservableGauge("sidecar.ready", () => state.UnmetConditions.Count == 0 && !state.IsLeaving ? 1 : 0, description: "1 when the agent itself is ready.");
        _meter.CreateObservableGauge("sidecar.draining", () => state.IsLeaving ? 1 : 0, description: "1 from the stop signal on, and while a verdict asks for it.");
        _meter.CreateObservableGauge("sidecar.settings.unknown", () => unknownVariables, "{variable}", "Variables under our prefixes that nobody understood.");
        _meter.CreateObservableGauge(
            "sidecar.degraded",
            () => state.Troubles.Select(trouble => new Measurement<int>(trouble.IsOn ? 1 : 0, new KeyValuePair<string, object?>("trouble", trouble.Name))),
            description: "1 while that kind of outside trouble is on.");
    }
}
