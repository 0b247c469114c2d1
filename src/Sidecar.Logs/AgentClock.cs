namespace Sidecar.Logs;

/// Milliseconds that only ever go forward, for waits; they have no date.
internal static class AgentClock
{
    public static long NowMs(this TimeProvider time) => (long)time.GetElapsedTime(0).TotalMilliseconds;
}
