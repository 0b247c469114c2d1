using System.Collections.Immutable;
using Sidecar.Adapter.Probes;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Verdicts;

/// Reads the groups: the three that every orchestrator knows, then the user's own.
internal static class GroupPlans
{
    public const string Live = "live";
    public const string Ready = "ready";
    public const string Startup = "startup";

    /// <param name="names">Every probe that was named, also those that are at fault themselves.</param>
    public static ImmutableArray<GroupPlan> Read(BoundSettings settings, IReadOnlyList<ProbePlan> probes, IReadOnlyList<string> names)
    {
        var ready = Expression(settings, AdapterSettings.Ready, names) ?? AllOf(names);
        var live = Expression(settings, AdapterSettings.Live, names);
        if (live is not null)
            RefuseOutside(settings, live, probes);
        ImmutableArray<GroupPlan> groups =
        [
            new(Live, GroupRule.NoneDown, live ?? AllOf(probes.Where(probe => probe.Target.IsCuredByRestart).Select(probe => probe.Name))),
            new(Ready, GroupRule.AllUp, ready),
            new(Startup, GroupRule.AllUpOnce, Expression(settings, AdapterSettings.Startup, names) ?? ready),
        ];
        return groups.AddRange(settings.Named(AdapterSettings.Group).Select(group => Own(settings, group, names)));
    }

    // A database that fails would restart every app that asks it, and bring none of them back.
    private static void RefuseOutside(BoundSettings settings, GroupExpression live, IReadOnlyList<ProbePlan> probes)
    {
        var critical = live.Critical.ToHashSet();
        var outside = probes.Where(probe => critical.Contains(probe.Name) && !probe.Target.IsCuredByRestart).Select(probe => probe.Name).ToArray();
        if (outside.Length > 0 && settings.Get(AdapterSettings.LiveOutside) == OutsideInLive.Refuse)
        {
            settings.Fault(
                AdapterSettings.Live.Variable,
                string.Join(';', settings.Get(AdapterSettings.Live)),
                $"probes whose target is in the pod and no other sidecar are expected: {string.Join(", ", outside)} is outside of the app, and restarting that cures nothing there "
                    + $"(in {AdapterSettings.Ready.Variable} it takes the app out of traffic instead; {AdapterSettings.LiveOutside.Variable}=allow forces it)");
        }
    }

    private static GroupPlan Own(BoundSettings settings, NamedThing group, IReadOnlyList<string> names)
    {
        if (names.Contains(group.Name))
            settings.Fault(group.Variable, group.Value, "probes and groups share one namespace, and a probe has this name; another name is expected");

        return new GroupPlan(group.Name, GroupRule.AllUp, Expression(settings, group.Variable, group.Value, ValueForms.List(group.Value), names));
    }

    private static GroupExpression? Expression(BoundSettings settings, Setting<IReadOnlyList<string>> setting, IReadOnlyList<string> names) =>
        settings.IsSet(setting)
            ? Expression(settings, setting.Variable, string.Join(';', settings.Get(setting)), settings.Get(setting), names)
            : null;

    private static GroupExpression Expression(
        BoundSettings settings, string variable, string value, IReadOnlyList<string> items, IReadOnlyList<string> names)
    {
        var expression = GroupParser.Read(items);
        if (!expression.IsRight)
        {
            settings.Fault(variable, value, expression.Expected!, string.Join(';', names));
            return AllOf([]);
        }

        var unknown = expression.Value.Probes.Where(probe => !names.Contains(probe)).ToArray();
        if (unknown.Length > 0)
            settings.Fault(variable, value, $"no probe is called {string.Join(" or ", unknown)}; the probes are {string.Join(", ", names)}");
        else if (settings.Get(AdapterSettings.DegradedStatus) == 200 && expression.Value.IsNeverDown)
            settings.Fault(variable, value, "a probe without ? is expected: what only degrades is answered with 200 whatever is seen, so the group asserts nothing", names[0]);
        return expression.Value;
    }

    private static GroupExpression AllOf(IEnumerable<string> names) => GroupExpression.All([.. names.Select(GroupExpression.Of)]);
}
