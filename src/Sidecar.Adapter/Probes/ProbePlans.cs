using System.Collections.Immutable;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes;

/// Reads what is asked and when; says every fault.
internal static class ProbePlans
{
    public static ImmutableArray<ProbePlan> Read(BoundSettings settings)
    {
        var things = settings.Named(AdapterSettings.Probe);
        if (things.Count == 0 && settings.Faults.Count == 0)
        {
            settings.Fault(
                AdapterSettings.Probe.Variable, null,
                "at least one probe is expected, what to ask of the app, for example ADAPTER_PROBE_WEB=http://localhost:8080/health or ADAPTER_PROBE_WORKER=process:worker");
        }

        var plans = ImmutableArray.CreateBuilder<ProbePlan>();
        foreach (var thing in things)
        {
            var schedule = Schedule(thing, settings);
            if (ProbeKinds.Read(thing, settings) is { } target)
                plans.Add(new ProbePlan(thing.Name, target, schedule));
        }
        return plans.ToImmutable();
    }

    private static ProbeSchedule Schedule(NamedThing thing, BoundSettings settings)
    {
        var interval = thing.Get(AdapterSettings.Interval);
        var timeout = thing.Get(AdapterSettings.Timeout);
        if (timeout > interval)
        {
            // A shorter interval alone shortens the default time-out; one that was asked for is never changed silently.
            if (thing.IsSet(AdapterSettings.Timeout))
            {
                settings.Fault(
                    thing.VariableOf(AdapterSettings.Timeout), ValueForms.Show(timeout),
                    $"at most the interval ({ValueForms.Show(interval)}) is expected: a question that outlasts it would delay the next");
            }
            timeout = interval;
        }
        var (fall, window) = (thing.Get(AdapterSettings.Fall), thing.Get(AdapterSettings.Window));
        if (window > 0 && window < fall)
        {
            settings.Fault(
                thing.VariableOf(AdapterSettings.Window), $"{window}",
                $"at least {fall} is expected, the misses that have to lie in it ({thing.VariableOf(AdapterSettings.Fall)})");
        }
        return new ProbeSchedule(interval, timeout, fall, thing.Get(AdapterSettings.Rise)) { Window = window, Damping = thing.Get(AdapterSettings.Damping) };
    }
}
