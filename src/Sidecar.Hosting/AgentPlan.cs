using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Hosting.Admin;

namespace Sidecar.Hosting;

/// <summary>What an agent is going to be, once its settings are known: made by <c>check</c> and <c>run</c> alike, opens nothing.</summary>
public sealed class AgentPlan
{
    /// <summary>What <c>check</c> prints: what would happen, one line each.</summary>
    public required IReadOnlyList<string> Lines { get; init; }

    public required Action<IServiceCollection> AddServices { get; init; }

    /// <summary>Adds the agent's own pages to the admin port.</summary>
    public Action<AdminEndpoints, IServiceProvider>? MapAdmin { get; init; }

    /// <summary>Names of the meters that /metrics and OTLP show.</summary>
    public IReadOnlyList<string> Meters { get; init; } = [];

    /// <summary>Adds others' metrics to our own, in the plain text format; null when there are only our own.</summary>
    public Func<IServiceProvider, Func<HttpContext, byte[], Task<byte[]>>>? MergeMetrics { get; init; }

    /// <summary>Names of the activity sources that OTLP sends.</summary>
    public IReadOnlyList<string> ActivitySources { get; init; } = [];

    /// <summary>True when stdout is the agent's destination, so that its own log has to go to stderr.</summary>
    public bool UsesStandardOutput { get; init; }

    /// <summary>Ports the agent itself listens on, which SIDECAR_SHUTDOWN_WAIT_FOR and SIDECAR_EXIT_WITH can't watch.</summary>
    public IReadOnlyList<int> OwnPorts { get; init; } = [];
}
