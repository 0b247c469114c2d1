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
        var ready = Members(settings, AdapterSettings.Ready, names) ?? [.. names];
        var live = Members(settings, AdapterSettings.Live, names)
            ?? [.. probes.Where(probe => probe.Target.IsInPod).Select(probe => probe.Name)];
        ImmutableArray<GroupPlan> groups =
        [
            new(Live, GroupRule.NoneDown, live),
            new(Ready, GroupRule.AllUp, ready),
            new(Startup, GroupRule.AllUpOnce, Members(settings, AdapterSettings.Startup, names) ?? ready),
        ];
        return groups.AddRange(settings.Named(AdapterSettings.Group).Select(group => Own(settings, group, names)));
    }

    private static GroupPlan Own(BoundSettings settings, NamedThing group, IReadOnlyList<string> names)
    {
        if (names.Contains(group.Name))
            settings.Fault(group.Variable, group.Value, "probes and groups share one namespace, and a probe has this name; another name is expected");

        return new GroupPlan(group.Name, GroupRule.AllUp, Members(settings, group.Variable, group.Value, ValueForms.List(group.Value), names));
    }

    private static ImmutableArray<string>? Members(BoundSettings settings, Setting<IReadOnlyList<string>> setting, IReadOnlyList<string> names) =>
        settings.IsSet(setting)
            ? Members(settings, setting.Variable, string.Join(';', settings.Get(setting)), settings.Get(setting), names)
            : null;

    private static ImmutableArray<string> Members(
        BoundSettings settings, string variable, string value, IReadOnlyList<string> items, IReadOnlyList<string> names)
    {
        var members = items.Select(item => item.ToLowerInvariant()).Distinct().ToImmutableArray();
        var unknown = members.Where(member => !names.Contains(member)).ToArray();
        if (members.Length == 0)
            settings.Fault(variable, value, "at least one probe is expected", string.Join(';', names));
        else if (unknown.Any(item => !item.All(char.IsAsciiLetterOrDigit)))
            settings.Fault(variable, value, "a list of probes, separated by ;, is expected", string.Join(';', names));
        else if (unknown.Length > 0)
            settings.Fault(variable, value, $"no probe is called {string.Join(" or ", unknown)}; the probes are {string.Join(", ", names)}");
        return members;
    }
}
