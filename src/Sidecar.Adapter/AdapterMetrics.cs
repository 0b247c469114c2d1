using System.Diagnostics.Metrics;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter;

/// What the adapter counts. Labels are the names of probes and groups, which the settings bound.
internal sealed class AdapterMetrics
{
    public const string MeterName = "Sidecar.Adapter";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _runs;
    private readonly Counter<long> _probeTransitions;
    private readonly Counter<long> _groupTransitions;
    private long _runsSoFar;
    private long _missesSoFar;

    public AdapterMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _duration = _meter.CreateHistogram<double>("sidecar.adapter.probe.duration", "s", "What asking a probe cost.");
        _runs = _meter.CreateCounter<long>("sidecar.adapter.probe.runs", "{run}", "Answers by outcome: pass, fail, timeout, unknown.");
        _probeTransitions = _meter.CreateCounter<long>("sidecar.adapter.probe.transitions", "{transition}", "Changes of what is believed of a probe.");
        _groupTransitions = _meter.CreateCounter<long>("sidecar.adapter.group.transitions", "{transition}", "Changes of a group.");
    }

    /// Shows the current verdict as gauges.
    public void Observe(Func<Verdict> verdict)
    {
        _meter.CreateObservableGauge(
            "sidecar.adapter.probe.up",
            () => verdict().Probes.Select(probe => Gauge("probe", probe.Name, probe.Belief == Belief.Up)),
            description: "1 when the probe is believed up, else 0.");
        _meter.CreateObservableGauge(
            "sidecar.adapter.group.up",
            () => verdict().Groups.Select(group => Gauge("group", group.Name, group.IsUp)),
            description: "1 when /health/<group> answers 200, else 0.");
        _meter.CreateObservableGauge(
            "sidecar.adapter.probe.value",
            () => Values(verdict()),
            description: "Numbers that the last answer brought along: a certificate's remaining seconds, a plugin's performance data.");
    }

    /// The numbers that the last answer of each probe brought along.
    private static IEnumerable<Measurement<double>> Values(Verdict verdict) =>
        from probe in verdict.Probes
        from measure in probe.Last?.Measures ?? []
        select new Measurement<double>(measure.Value, Label("probe", probe.Name), Label("name", measure.Name));

    /// Answers of all probes since the start.
    public long RunsSoFar => Interlocked.Read(ref _runsSoFar);

    /// Those of them that were no pass.
    public long MissesSoFar => Interlocked.Read(ref _missesSoFar);

    public void Asked(string probe, ProbeResult result)
    {
        Interlocked.Increment(ref _runsSoFar);
        if (!result.HasPassed)
            Interlocked.Increment(ref _missesSoFar);
        _duration.Record(result.Cost.TotalSeconds, Label("probe", probe));
        _runs.Add(1, Label("probe", probe), Label("outcome", result.Outcome));
    }

    public void ProbeTurned(string probe, string to) => _probeTransitions.Add(1, Label("probe", probe), Label("to", to));

    public void GroupTurned(string group, bool isUp) =>
        _groupTransitions.Add(1, Label("group", group), Label("to", isUp ? "up" : "down"));

    private static Measurement<int> Gauge(string label, string name, bool isUp) => new(isUp ? 1 : 0, Label(label, name));

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
