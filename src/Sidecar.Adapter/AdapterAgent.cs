using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sidecar.Adapter.Endpoints;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;

namespace Sidecar.Adapter;

/// How the adapter is made of its settings: probes ask the app in the background, the verdict believes them, and the
/// endpoints say it.
internal static class AdapterAgent
{
    public static void AddAdapter(this SidecarBuilder sidecar)
    {
        sidecar.Settings.Add(AdapterSettings.All);
        sidecar.UseAgent(Compose);
        sidecar.AddCommand(HealthCommand.Of);
    }

    internal static AgentPlan Compose(BoundSettings settings)
    {
        var probes = ProbePlans.Read(settings);
        var names = settings.Named(AdapterSettings.Probe).Select(thing => thing.Name).ToArray();
        var groups = GroupPlans.Read(settings, probes, names);
        return new AgentPlan
        {
            Lines = [.. probes.Select(Line), .. groups.Select(group => Line(group, probes))],
            AddServices = services => AddServices(services, probes, groups),
            MapAdmin = (endpoints, services) =>
            {
                services.GetRequiredService<HealthEndpoints>().Map(endpoints);
                new PushEndpoint(probes).Map(endpoints);
                services.GetRequiredService<AgentState>().Section("health", services.GetRequiredService<HealthSection>().Show);
            },
            Meters = [AdapterMetrics.MeterName],
        };
    }

    private static void AddServices(IServiceCollection services, ImmutableArray<ProbePlan> probes, ImmutableArray<GroupPlan> groups)
    {
        services.AddSingleton<AdapterMetrics>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton(provider => new VerdictSource(
            probes, groups,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<AdapterMetrics>(),
            provider.GetRequiredService<ILogger<VerdictSource>>()));
        services.AddSingleton(provider => new HealthSection(
            probes, provider.GetRequiredService<VerdictSource>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService(provider => new ProbeService(
            probes,
            provider.GetRequiredService<VerdictSource>(),
            provider.GetRequiredService<Loops>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ProbeRunner>>()));
    }

    private static string Line(ProbePlan probe)
    {
        var (interval, timeout, fall, rise) = probe.Schedule;
        return $"probe {probe.Name}: {probe.Asks}; every {ValueForms.Show(interval)}, time-out {ValueForms.Show(timeout)}; "
            + $"down at most {ValueForms.Show(probe.Schedule.WorstCaseToFall() + probe.Target.Lag)} after a hang ({fall} in a row), "
            + $"up at most {ValueForms.Show(probe.Schedule.WorstCaseToRise())} after it ends ({rise} in a row)";
    }

    private static string Line(GroupPlan group, ImmutableArray<ProbePlan> probes)
    {
        var members = group.Probes.Length == 0 ? "no probe, so it is always up" : string.Join(", ", group.Probes);
        var outside = probes.Where(probe => group.Probes.Contains(probe.Name) && !probe.Target.IsInPod).Select(probe => probe.Name).ToArray();
        var rule = group.Rule switch
        {
            GroupRule.NoneDown when outside.Length > 0 =>
                $"; up unless one is down (warning: {string.Join(", ", outside)} is outside the pod, and restarting the app cures nothing there)",
            GroupRule.NoneDown => "; up unless one is down",
            GroupRule.AllUpOnce => "; up once all were up",
            _ => "; up when all are up",
        };
        return $"group {group.Name} (/health/{group.Name}): {members}{rule}";
    }
}
