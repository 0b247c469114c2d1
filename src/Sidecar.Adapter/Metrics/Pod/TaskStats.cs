using System.Collections.Immutable;
using System.Text.Json;

namespace Sidecar.Adapter.Metrics.Pod;

/// What ECS tells of every container of the task: its metadata endpoint's /task and /task/stats, which are Docker's numbers.
internal static class TaskStats
{
    private const double NanosecondsPerSecond = 1e9;
    private const double BytesPerMebibyte = 1 << 20;
    // Docker says "no limit" by a number near 2^63.
    private const double NoLimit = 1L << 60;

    /// Throws JsonException or InvalidOperationException for what is no such answer.
    public static (IReadOnlyCollection<ContainerUsage> Usages, IReadOnlyCollection<(string Part, string Reason)> Hidden) Read(string task, string stats)
    {
        using var taskJson = JsonDocument.Parse(task);
        using var statsJson = JsonDocument.Parse(stats);
        ImmutableArray<(string, string)> labels =
        [
            ("cluster", LastPart(Text(taskJson.RootElement, "Cluster"))), .. Service(taskJson.RootElement), ("task", LastPart(Text(taskJson.RootElement, "TaskARN"))),
        ];
        List<ContainerUsage> usages = [];
        List<(string, string)> hidden = [];
        foreach (var container in Find(taskJson.RootElement, "Containers") is { ValueKind: JsonValueKind.Array } all ? all.EnumerateArray() : [])
        {
            var name = Text(container, "Name");
            if (Find(statsJson.RootElement, Text(container, "DockerId")) is { ValueKind: JsonValueKind.Object } counted)
                usages.Add(Usage(counted, Number(container, "Limits", "Memory") * BytesPerMebibyte) with { Labels = labels.Add(("container", name)) });
            else
                hidden.Add(($"container {name}", "ECS counts nothing for it (it does not run)"));
        }
        return (usages, hidden);
    }

    private static ContainerUsage Usage(JsonElement stats, double? declaredLimit)
    {
        var held = Number(stats, "memory_stats", "usage");
        var limit = Number(stats, "memory_stats", "limit");
        return new ContainerUsage
        {
            CpuSeconds = Number(stats, "cpu_stats", "cpu_usage", "total_usage") / NanosecondsPerSecond,
            ThrottledPeriods = Number(stats, "cpu_stats", "throttling_data", "throttled_periods"),
            ThrottledSeconds = Number(stats, "cpu_stats", "throttling_data", "throttled_time") / NanosecondsPerSecond,
            MemoryBytes = held,
            WorkingSetBytes = CgroupFiles.WorkingSet(held, Number(stats, "memory_stats", "stats", "total_inactive_file") ?? Number(stats, "memory_stats", "stats", "inactive_file")),
            AnonymousBytes = Number(stats, "memory_stats", "stats", "total_rss") ?? Number(stats, "memory_stats", "stats", "anon"),
            MemoryLimitBytes = limit < NoLimit ? limit : declaredLimit > 0 ? declaredLimit : null,
            ReadBytes = Disk(stats, "read"),
            WrittenBytes = Disk(stats, "write"),
            Processes = Number(stats, "pids_stats", "current"),
            Network = Find(stats, "networks") is { ValueKind: JsonValueKind.Object } networks ? [.. networks.EnumerateObject().Select(Link)] : [],
        };
    }

    private static InterfaceUsage Link(JsonProperty network)
    {
        double At(string name) => Number(network.Value, name) ?? 0;
        return new InterfaceUsage(
            network.Name,
            new LinkUsage(At("rx_bytes"), At("rx_packets"), At("rx_errors"), At("rx_dropped")),
            new LinkUsage(At("tx_bytes"), At("tx_packets"), At("tx_errors"), At("tx_dropped")));
    }

    // All devices together; Fargate writes Read, cgroups of version 2 read.
    private static double? Disk(JsonElement stats, string operation) =>
        Find(stats, "blkio_stats", "io_service_bytes_recursive") is { ValueKind: JsonValueKind.Array } devices
            ? devices.EnumerateArray().Where(device => Text(device, "op").Equals(operation, StringComparison.OrdinalIgnoreCase)).Sum(device => Number(device, "value") ?? 0)
            : null;

    private static IEnumerable<(string, string)> Service(JsonElement task) => Text(task, "ServiceName") is { Length: > 0 } service ? [("service", service)] : [];

    private static string LastPart(string arn) => arn[(arn.LastIndexOf('/') + 1)..];

    private static string Text(JsonElement element, params ReadOnlySpan<string> path) =>
        Find(element, path) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static double? Number(JsonElement element, params ReadOnlySpan<string> path) =>
        Find(element, path) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static JsonElement? Find(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                return null;
        }
        return element;
    }
}
