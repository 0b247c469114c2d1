using System.Collections.Immutable;
using System.Text.Json;
using System.Net;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Metrics.Pod;

/// What the pod's containers use, seen from inside it: from ECS where there is a task, else from cgroups and /proc. What can't be seen
/// is said instead of guessed.
internal sealed class PodMetrics(Uri? task, IEnumerable<(string Name, string Value)> labels, PodProcesses processes)
{
    public const string Name = "pod";

    private const string NamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
    private const int MaxTaskBytes = 4 << 20;

    private readonly ImmutableArray<(string, string)> _labels = [.. labels];

    /// Null with a fault said.
    public static PodMetrics? Read(BoundSettings settings)
    {
        var given = settings.Get(MetricsSettings.TaskMetadata);
        Uri? task = null;
        // The address is a part of every request, so a stranger's would be told of the task.
        if (given is not null && !(Uri.TryCreate(given.TrimEnd('/') + "/task", UriKind.Absolute, out task) && task.Scheme == Uri.UriSchemeHttp && IsNear(task)))
        {
            settings.Fault(MetricsSettings.TaskMetadata.Variable, given, "an http URL with a link-local or loopback address is expected, as ECS sets it", "http://169.254.170.2/v4/0f6a");
            return null;
        }

        (string, string?)[] labels = [("namespace", settings.Get(MetricsSettings.PodNamespace) ?? NamespaceOfPod()), ("pod", settings.Get(MetricsSettings.PodName))];
        return new PodMetrics(task, labels.Where(label => label.Item2 is not null).Select(label => (label.Item1, label.Item2!)), new PodProcesses(new CgroupFiles()));
    }

    public string Shown => task is null
        ? "this container by its cgroup, the others by /proc if the pod shares its processes"
        : $"every container of the task, by {task.GetLeftPart(UriPartial.Authority)}";

    public async Task<string> RenderAsync(CancellationToken cancellation)
    {
        if (task is null)
            return Render();

        // The two belong to one task, and neither is large.
        var (described, counted) = (MetricsSources.GetAsync(task, MaxTaskBytes, cancellation), MetricsSources.GetAsync(new Uri($"{task}/stats"), MaxTaskBytes, cancellation));
        await Task.WhenAll(described, counted);
        try
        {
            var (usages, hidden) = TaskStats.Read(await described, await counted);
            return PodText.Render(usages, hidden);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException("ECS's answer is none", broken);
        }
    }

    private string Render()
    {
        var usages = processes.Read().Append(processes.Network()).Select(usage => usage with { Labels = [.. _labels, .. usage.Labels] }).ToArray();
        return PodText.Render(usages, processes.Blindness is { } reason ? [("other containers", reason)] : []);
    }

    private static bool IsNear(Uri url) => IPAddress.TryParse(url.DnsSafeHost, out var address)
        && (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || (address.GetAddressBytes() is [169, 254, ..]));

    private static string? NamespaceOfPod()
    {
        try
        {
            return File.Exists(NamespaceFile) ? File.ReadAllText(NamespaceFile).Trim() : null;
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
