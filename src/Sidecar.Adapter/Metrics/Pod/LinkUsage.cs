namespace Sidecar.Adapter.Metrics.Pod;

/// One direction of a network interface.
internal readonly record struct LinkUsage(double Bytes, double Packets, double Errors, double Dropped);
