namespace Sidecar.Logs.Shaping;

/// What an event turned out to be: when it happened, and whether it holds metrics in CloudWatch's embedded format.
internal readonly record struct ShapedAs(long TimestampMs, bool IsMetrics);
