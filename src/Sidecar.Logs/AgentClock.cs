namespace Sidecar.Logs;

/// Milliseconds that only ever go forward, for waits; they have no date.
internal static class AgentClock
{
    public static long NowMs(this TimeProvider time) => (long)time.GetElapsedTime(0).TotalMilliseconds;

    /// The next of the moments that lie so far apart. What keeps to them happens together: an idle agent wakes up once for all of it.
    public static long NextTick(long afterMs, TimeSpan apart) =>
        ((afterMs / (long)apart.TotalMilliseconds) + 1) * (long)apart.TotalMilliseconds;
}
