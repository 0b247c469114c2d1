namespace Sidecar.Adapter.Metrics.Pod;

/// What went through one network interface.
internal sealed record InterfaceUsage(string Name, LinkUsage Received, LinkUsage Sent);
