using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Adapter.Probes.Processes;
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
            RefuseIdle(thing, settings);
            if (ProbeKinds.Read(thing, settings) is { } target)
                plans.Add(new ProbePlan(thing.Name, target, schedule));
        }
        return plans.ToImmutable();
    }

    // What holds whatever is seen would be a probe that never fails: nobody means that.
    private static void RefuseIdle(NamedThing thing, BoundSettings settings)
    {
        if (thing.IsSet(ProcessSettings.Count) && thing.Get(ProcessSettings.Count).HoldsAnything)
            settings.Fault(thing.VariableOf(ProcessSettings.Count), $"{thing.Get(ProcessSettings.Count)}", "any number is right, so the probe asserts nothing; an upper or lower limit is expected", "1-");
        foreach (var pattern in (Setting<Regex?>[])[ContentSettings.Body, NetworkSettings.Expect])
        {
            // One that matches nothing at all, and something strange, matches everything.
            if (thing.IsSet(pattern) && thing.Get(pattern) is { } regex && regex.IsMatch("") && regex.IsMatch("\u0001"))
                settings.Fault(thing.VariableOf(pattern), $"{regex}", "any text matches, so the condition asserts nothing; a pattern that something fails is expected", pattern.Example);
        }
    }

    private static ProbeSchedule Schedule(NamedThing thing, BoundSettings settings)
    {
        var interval = thing.Get(AdapterSettings.Interval);
        var timeout = thing.Get(AdapterSettings.Timeout);
        // A shorter interval alone shortens the default time-out; one that was asked for stays.
        if (timeout > interval && !thing.IsSet(AdapterSettings.Timeout))
            timeout = interval;
        if (timeout > interval)
        {
            settings.Warn(
                $"{thing.VariableOf(AdapterSettings.Timeout)}={ValueForms.Show(timeout)}: longer than the interval ({ValueForms.Show(interval)}), "
                + "so a question that hangs delays the next one, and a hang is found out later");
        }
        var (fall, window) = (thing.Get(AdapterSettings.Fall), thing.Get(AdapterSettings.Window));
        if (window > 0 && window < fall)
        {
            settings.Fault(
                thing.VariableOf(AdapterSettings.Window), $"{window}",
                $"at least {fall} is expected, the misses that have to lie in it ({thing.VariableOf(AdapterSettings.Fall)})");
        }
        return new ProbeSchedule(interval, timeout, fall, thing.Get(AdapterSettings.Rise)) 
        {
            Window = window, Damping = thing.Get(AdapterSettings.Damping), InitialDelay = thing.Get(AdapterSettings.InitialDelay),
        };
    }
}
