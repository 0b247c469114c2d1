using System.Globalization;
using System.Text;

namespace Sidecar.Adapter.Metrics.Pod;

/// Writes what containers use as Prometheus text, under the names that cAdvisor gave these numbers.
internal static class PodText
{
    private static readonly (string Name, string Type, string Help, Func<ContainerUsage, double?> Of)[] Families =
    [
        ("container_cpu_usage_seconds_total", "counter", "CPU time.", usage => usage.CpuSeconds),
        ("container_cpu_cfs_throttled_periods_total", "counter", "Periods in which it had to wait for its CPU limit.", usage => usage.ThrottledPeriods),
        ("container_cpu_cfs_throttled_seconds_total", "counter", "How long it had to wait for its CPU limit.", usage => usage.ThrottledSeconds),
        ("container_memory_usage_bytes", "gauge", "Memory, pages of files included.", usage => usage.MemoryBytes),
        ("container_memory_working_set_bytes", "gauge", "Memory without the pages of files that were not used for long: what its limit is compared with.", usage => usage.WorkingSetBytes),
        ("container_memory_rss", "gauge", "Memory without pages of files.", usage => usage.AnonymousBytes),
        ("container_spec_memory_limit_bytes", "gauge", "The most memory that it may hold.", usage => usage.MemoryLimitBytes),
        ("container_fs_reads_bytes_total", "counter", "Bytes read from disks.", usage => usage.ReadBytes),
        ("container_fs_writes_bytes_total", "counter", "Bytes written to disks.", usage => usage.WrittenBytes),
        ("container_processes", "gauge", "Its processes.", usage => usage.Processes),
    ];

    private static readonly (string Name, string Help, Func<InterfaceUsage, double> Of)[] NetworkFamilies =
    [
        ("container_network_receive_bytes_total", "Bytes received.", link => link.Received.Bytes),
        ("container_network_receive_packets_total", "Packets received.", link => link.Received.Packets),
        ("container_network_receive_errors_total", "Errors while receiving.", link => link.Received.Errors),
        ("container_network_receive_packets_dropped_total", "Packets dropped while receiving.", link => link.Received.Dropped),
        ("container_network_transmit_bytes_total", "Bytes sent.", link => link.Sent.Bytes),
        ("container_network_transmit_packets_total", "Packets sent.", link => link.Sent.Packets),
        ("container_network_transmit_errors_total", "Errors while sending.", link => link.Sent.Errors),
        ("container_network_transmit_packets_dropped_total", "Packets dropped while sending.", link => link.Sent.Dropped),
    ];

    /// <param name="hidden">What can't be seen from here, with the reason.</param>
    public static string Render(IReadOnlyCollection<ContainerUsage> usages, IReadOnlyCollection<(string Part, string Reason)> hidden)
    {
        var text = new StringBuilder();
        foreach (var (name, type, help, of) in Families)
            Add(text, name, type, help, usages.Where(usage => of(usage) is not null).Select(usage => ((IEnumerable<(string, string)>)usage.Labels, of(usage)!.Value)));
        foreach (var (name, help, of) in NetworkFamilies)
            Add(text, name, "counter", help, usages.SelectMany(usage => usage.Network.Select(link => (usage.Labels.Append(("interface", link.Name)), of(link)))));
        Add(text, "sidecar_adapter_pod_hidden", "gauge", "1 for what can't be seen from here.", hidden.Select(one => (Labels(one), 1d)));
        return text.ToString();
    }

    private static IEnumerable<(string, string)> Labels((string Part, string Reason) hidden) => [("part", hidden.Part), ("reason", hidden.Reason)];

    private static void Add(StringBuilder text, string name, string type, string help, IEnumerable<(IEnumerable<(string Name, string Value)> Labels, double Value)> samples)
    {
        var isFirst = true;
        foreach (var (labels, value) in samples)
        {
            if (isFirst)
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
            isFirst = false;
            text.Append(CultureInfo.InvariantCulture, $"{name}{{{string.Join(',', labels.Select(label => $"{label.Name}=\"{Escape(label.Value)}\""))}}} {value:R}\n");
        }
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
