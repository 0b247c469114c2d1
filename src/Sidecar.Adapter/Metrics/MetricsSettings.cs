using Sidecar.Adapter.Metrics.Pod;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Metrics;

/// Which metrics of others stand on our /metrics too.
internal static class MetricsSettings
{
    public static readonly NamedKind Source = new(
        "ADAPTER_METRICS", "Further metrics on /metrics, each labelled with the source's name: a URL, or file:/path/*.prom.", "http://localhost:8080/metrics")
    {
        Form = "an http or https URL, or file:/path with * and ?",
        Reserved = ["POD"],
    };

    public static readonly Setting<IReadOnlyList<JsonMetric>> Values = Source.Of(
        "VALUES",
        "names and paths into JSON, separated by ;",
        "",
        "The source is JSON, and these of its numbers are metrics: name=$.path.",
        JsonMetric.ReadAll,
        "queue_length=$.queue.length;heap_bytes=$.memstats.HeapAlloc");

    public static readonly Setting<TimeSpan> Timeout = Source.Duration(
        "TIMEOUT", "2s", "How long reading a source may take; all are read at once, when /metrics is asked for.", min: "10ms", max: "30s");

    public static readonly Setting<long> MaxSize = Source.Size("MAX_SIZE", "4MiB", "How large a source's text may be; a larger one is left out, and its metric says so.", min: "1KiB", max: "64MiB");

    public static readonly Setting<int> MaxSeries = Source.Integer("MAX_SERIES", 10000, "How many series a source may have; one with more is left out.", min: 1, max: 1_000_000);

    public static readonly Setting<PodView> View = Setting.Choice(
        "ADAPTER_METRICS_POD", PodView.Off, "Whether /metrics says what each container of the pod uses, as far as it can be seen from inside: of ECS's task endpoint, cgroups and /proc.");

    public static readonly Setting<string?> PodName = Setting.Text(
        "POD_NAME", null, "The label pod of those numbers. Set it from the downward API (fieldRef: metadata.name).", "orders-7d4b9-x2x8k");

    public static readonly Setting<string?> PodNamespace = Setting.Text(
        "POD_NAMESPACE", null, "Their label namespace (fieldRef: metadata.namespace); unset: as the service account says.", "shop");

    public static readonly Setting<string?> TaskMetadata = Setting.Text(
        "ECS_CONTAINER_METADATA_URI_V4", null, "Set by ECS; asked for what each container of the task uses.", "http://169.254.170.2/v4/0f6a");

    public static IReadOnlyList<ISetting> All { get; } = [Source, Values, Timeout, MaxSize, MaxSeries, View, PodName, PodNamespace, TaskMetadata];
}
