using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Sidecar.Hosting.Admin;
using Sidecar.Hosting.Admin.Page;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Lifecycle;

/// <summary>Builds the host of an agent: what all share first, so that the admin port is up before the agent starts. And takes it down.</summary>
internal static class AgentHost
{
    // Kestrel takes a second for what does not end when it is reset.
    private static readonly TimeSpan TimeToCut = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan LeastForCollector = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MostForCollector = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(250);

    public static IHost Build(SidecarContext context, BoundSettings settings, AgentPlan plan)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        var services = builder.Services;
        AddLogging(builder.Logging, settings, plan.UsesStandardOutput);
        services.AddMetrics();
        services.AddSingleton(context.Time);
        services.AddSingleton(settings);
        services.AddSingleton(BuildInfo.Of(settings.Schema.Agent));
        services.AddSingleton<HostingMetrics>();
        services.AddSingleton<ProcessEnd>();
        services.AddSingleton<Loops>();
        services.AddSingleton<AgentState>();
        services.AddSingleton<AgentHealth>();
        services.AddSingleton<HealthHistory>();
        services.AddSingleton<Drain>();
        services.AddSingleton<TargetWatch>();
        services.AddSingleton<Ending>();
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddSingleton(provider => new TelemetryPipeline(
            provider.GetRequiredService<BuildInfo>(), plan.Meters, plan.ActivitySources,
            settings.IsSet(SharedSettings.OtlpEndpoint), settings.Get(SharedSettings.OtelServiceName)));
        services.AddSingleton(provider => MapAdmin(provider, plan));
        services.AddSingleton<AdminServer>();
        services.AddHostedService(provider => provider.GetRequiredService<AdminServer>());
        services.AddHostedService(provider => provider.GetRequiredService<HealthHistory>());
        services.AddHostedService<ExitWatch>();
        services.AddHostedService<SpareMemory>();
        plan.AddServices(services);
        var host = builder.Build();
        Observe(host.Services, settings);
        return host;
    }

    /// <summary>
    /// Stops what has started. Throws OperationCanceledException when the deadline cut it short: each part was told, and had a moment
    /// to cut what it has under way, but one that does not listen is left running.
    /// </summary>
    public static async Task StopAsync(IHost host, CancellationToken deadline)
    {
        using var over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, host.Services.GetRequiredService<TimeProvider>());
        await using var told = deadline.Register(() => over.CancelAfter(TimeToCut));
        await StopPartsAsync(host, deadline).WaitAsync(over.Token);
    }

    /// <summary>
    /// Sends the last measurements and gives back what the host has. A part that was cut short may still use some of it, and wait: the process ends without it, and
    /// after a second signal nearly at once. What was logged is written in any case.
    /// </summary>
    public static async Task LetGoAsync(IHost host, Task second)
    {
        var logs = host.Services.GetServices<ILoggerProvider>().ToArray();
        var time = host.Services.GetRequiredService<TimeProvider>();
        var disposal = DisposeAsync(host);
        await Task.WhenAny(disposal, second, Task.Delay(Patience, time));
        await Task.WhenAny(disposal, Task.Delay(Moment, time));
        foreach (var log in logs)
        {
            log.Dispose();
        }

        if (disposal.IsCompleted && !second.IsCompleted)
        {
            await disposal;
        }
    }

    private static async Task StopPartsAsync(IHost host, CancellationToken deadline)
    {
        // A part may wait on the thread that it is stopped on.
        await Task.Yield();
        await host.StopAsync(deadline);
    }

    private static async Task DisposeAsync(IHost host)
    {
        // A part may wait on the thread that it is disposed on.
        await Task.Yield();
        var left = host.Services.GetRequiredService<AgentState>().TimeLeft ?? MostForCollector;
        await host.Services.GetRequiredService<TelemetryPipeline>().ShutdownAsync(
            left < LeastForCollector ? LeastForCollector : left < MostForCollector ? left : MostForCollector);
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    private static void AddLogging(ILoggingBuilder logging, BoundSettings settings, bool usesStandardOutput)
    {
        var logSwitch = new LogSwitch { Level = LogLevels.From(settings.Get(SharedSettings.LogLevel)) };
        logging.Services.AddSingleton(logSwitch);
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter((category, level) => logSwitch.IsOn(category, level));
        logging.AddConsole(options =>
        {
            options.FormatterName = settings.Get(SharedSettings.LogFormat) == LogFormat.Json ? JsonLineFormatter.FormatterName : TextLineFormatter.FormatterName;
            options.LogToStandardErrorThreshold = usesStandardOutput ? LogLevel.Trace : LogLevel.None;
            // A stdout that nobody reads must not stop the agent's work.
            options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        logging.Services.AddSingleton<ConsoleFormatter, JsonLineFormatter>();
        logging.Services.AddSingleton<ConsoleFormatter, TextLineFormatter>();
    }

    private static AdminEndpoints MapAdmin(IServiceProvider provider, AgentPlan plan)
    {
        var endpoints = new AdminEndpoints();
        ActivatorUtilities.CreateInstance<HealthPages>(provider).Map(endpoints);
        var status = ActivatorUtilities.CreateInstance<StatusDocument>(provider, plan);
        ActivatorUtilities.CreateInstance<StatusPage>(provider, status).Map(endpoints);
        ActivatorUtilities.CreateInstance<ControlPages>(provider).Map(endpoints);
        MetricsPage.Map(endpoints, provider.GetRequiredService<TelemetryPipeline>(), plan.MergeMetrics?.Invoke(provider));
        plan.MapAdmin?.Invoke(endpoints, provider);
        return endpoints;
    }

    private static void Observe(IServiceProvider services, BoundSettings settings)
    {
        var state = services.GetRequiredService<AgentState>();
        state.Require("started");
        services.GetRequiredService<HostingMetrics>().Observe(state, settings.UnknownVariables);
        // Before the first measurement: what is counted while nobody listens is lost.
        services.GetRequiredService<TelemetryPipeline>();
    }
}
