namespace Sidecar.Logs.Tailing;

/// How long a file must be quiet before its last bytes are taken as they are: a line without its newline, or a whole line
/// that the next one might still belong to.
internal sealed class TailTimeouts(TimeSpan partial, TimeSpan group)
{
    private long _longestMs = long.MaxValue;

    public long PartialMs => Math.Min((long)partial.TotalMilliseconds, Volatile.Read(ref _longestMs));

    public long GroupMs => Math.Min((long)group.TotalMilliseconds, Volatile.Read(ref _longestMs));

    public long Of(bool isPartial) => isPartial ? PartialMs : GroupMs;

    /// We are about to end: nothing waits longer than this.
    public void Hurry(TimeSpan longest) => Volatile.Write(ref _longestMs, (long)longest.TotalMilliseconds);

    public void Relax() => Volatile.Write(ref _longestMs, long.MaxValue);
}
