using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sidecar.Adapter.Endpoints;
using Sidecar.Adapter.Endpoints.Grpc;
using Sidecar.Adapter.Endpoints.Relay;
using Sidecar.Adapter.Metrics;
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
        sidecar.Settings.Add(() => AdapterSettings.All);
        sidecar.UseAgent(Compose);
        sidecar.AddCommand(HealthCommand.Of);
        sidecar.AddCommand(MaintenanceCommand.Of);
    }

    internal static AgentPlan Compose(BoundSettings settings)
    {
        var probes = ProbePlans.Read(settings);
        var names = settings.Named(AdapterSettings.Probe).Select(thing => thing.Name).ToArray();
        var groups = GroupPlans.Read(settings, probes, names);
        var sources = MetricsSources.Read(settings);
        return new AgentPlan
        {
            Lines =
            [
                .. probes.Select(Line), .. groups.Select(group => Line(group, probes)),
                .. sources.Select(source => $"metrics {source.Name}: {source.Shown}, on /metrics with the label source=\"{source.Name}\""),
            ],
            MergeMetrics = sources.Length == 0 ? null : services =>
                new MergedMetrics(sources, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<MergedMetrics>>()).RenderAsync,
            AddServices = services => AddServices(services, probes, groups, settings),
            OwnPorts = settings.Get(AdapterSettings.GrpcListen) is { Port: { } port } ? [port] : [],
            MapAdmin = (endpoints, services) =>
            {
                services.GetRequiredService<HealthEndpoints>().Map(endpoints);
                new PushEndpoint(probes).Map(endpoints);
                services.GetRequiredService<RelayEndpoint>().Map(endpoints);
                services.GetRequiredService<HealthSection>().AddTo(services.GetRequiredService<AgentState>(), services.GetRequiredService<AdapterMetrics>());
            },
            Meters = [AdapterMetrics.MeterName],
        };
    }

    private static void AddServices(
        IServiceCollection services, ImmutableArray<ProbePlan> probes, ImmutableArray<GroupPlan> groups, BoundSettings settings)
    {
        services.AddSingleton<AdapterMetrics>();
        services.AddSingleton(provider => new HealthEndpoints(
            provider.GetRequiredService<VerdictSource>(),
            provider.GetRequiredService<ProbeService>(),
            settings.Get(AdapterSettings.DegradedStatus),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new RelayEndpoint(settings.Get(AdapterSettings.ProbeTargets), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new VerdictSource(
            probes, groups,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<AdapterMetrics>(),
            provider.GetRequiredService<ILogger<VerdictSource>>()));
        services.AddSingleton(provider => new HealthSection(
            probes, provider.GetRequiredService<VerdictSource>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ProbeService(
            probes,
            provider.GetRequiredService<VerdictSource>(),
            provider.GetRequiredService<Loops>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ProbeRunner>>()));
        services.AddHostedService(provider => provider.GetRequiredService<ProbeService>());
        if (settings.Get(AdapterSettings.MaintenanceFile) is { } file)
        {
            services.AddHostedService(provider => new MaintenanceFile(
                file, provider.GetRequiredService<VerdictSource>(), provider.GetRequiredService<Loops>(), provider.GetRequiredService<TimeProvider>()));
        }
        if (settings.Get(AdapterSettings.GrpcListen) is { } listen)
        {
            services.AddSingleton<GrpcHealthApplication>();
            services.AddHostedService(provider => new GrpcHealthServer(
                listen,
                provider.GetRequiredService<GrpcHealthApplication>(),
                provider,
                provider.GetRequiredService<ILoggerFactory>(),
                provider.GetRequiredService<ILogger<GrpcHealthServer>>()));
        }
    }

    private static string Line(ProbePlan probe)
    {
        var (interval, timeout, fall, rise) = probe.Schedule;
        var inARow = probe.Schedule.Window > 0 ? $"{fall} of {probe.Schedule.Window}" : $"{fall} in a row";
        var delay = probe.Schedule.InitialDelay;
        var first = delay > TimeSpan.Zero ? $"first after {ValueForms.Show(delay)}, then " : "";
        return $"probe {probe.Name}: {probe.Asks}; {first}every {ValueForms.Show(interval)}, time-out {ValueForms.Show(timeout)}; "
            + $"down at most {ValueForms.Show(probe.Schedule.WorstCaseToFall() + probe.Target.Lag)} after a hang ({inARow}), "
            + $"up at most {ValueForms.Show(probe.Schedule.WorstCaseToRise())} after it ends ({rise} in a row)";
    }

    private static string Line(GroupPlan group, ImmutableArray<ProbePlan> probes)
    {
        var members = group.Probes.Length == 0 ? "no probe, so it is always up" : group.Expression.ToString();
        var outside = probes.Where(probe => group.Expression.Critical.Contains(probe.Name) && !probe.Target.IsCuredByRestart).Select(probe => probe.Name).ToArray();
        var rule = group.Rule switch
        {
            GroupRule.NoneDown when outside.Length > 0 =>
                $"; up unless one is down (warning: {string.Join(", ", outside)} is outside of the app, and restarting that cures nothing there)",
            GroupRule.NoneDown => "; up unless one is down",
            GroupRule.AllUpOnce => "; up once all were up",
            _ => "; up when all are up",
        };
        return $"group {group.Name} (/health/{group.Name}): {members}{rule}";
    }
}
