using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Discovery;

/// Where the agent runs, as Kubernetes' downward API tells it, and how many streams may come of it.
internal static class SurroundingsSettings
{
    public static readonly Setting<string?> Pod = Setting.Text(
        "POD_NAME", null, "What {pod} stands for. Set it from the downward API (fieldRef: metadata.name).", "orders-7d4b9-x2x8k");

    public static readonly Setting<string?> Namespace = Setting.Text(
        "POD_NAMESPACE", null, "What {namespace} stands for (fieldRef: metadata.namespace).", "shop");

    public static readonly Setting<string?> Container = Setting.Text(
        "CONTAINER_NAME", null, "What {container} stands for: the container whose files these are.", "orders");

    public static readonly Setting<string?> Node = Setting.Text(
        "NODE_NAME", null, "What {node} stands for (fieldRef: spec.nodeName).", "ip-10-0-1-17");

    public static readonly Setting<int> MaxStreams = Setting.Integer(
        "LOGS_MAX_STREAMS", 1000,
        "How many streams may be fed at a time. The files beyond it share the stream {hostname}/overflow of their group, with an error that says so.",
        min: 1, max: 100_000);

    public static IEnumerable<ISetting> All => [Pod, Namespace, Container, Node, MaxStreams];

    /// The variable that a placeholder is taken from; null when it is none.
    public static Setting<string?>? Of(string placeholder) => placeholder switch
    {
        Placeholders.Pod => Pod,
        Placeholders.Namespace => Namespace,
        Placeholders.Container => Container,
        Placeholders.Node => Node,
        _ => null,
    };

    public static bool IsOfTask(string placeholder) => placeholder is Placeholders.Task or Placeholders.Family or Placeholders.Cluster;
}
