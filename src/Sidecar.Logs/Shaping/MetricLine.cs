namespace Sidecar.Logs.Shaping;

/// Tells the lines from which CloudWatch makes metrics (EMF): objects with a field `_aws` that declares some.
internal static class MetricLine
{
    public static bool Is(ReadOnlySpan<byte> message) =>
        message[0] == '{' && message.IndexOf("\"_aws\""u8) is var at and >= 0 && message[at..].IndexOf("\"CloudWatchMetrics\""u8) >= 0;
}
