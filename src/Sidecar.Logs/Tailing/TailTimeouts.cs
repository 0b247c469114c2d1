namespace Sidecar.Logs.Tailing;

/// How long a file must be quiet before its last bytes are taken as they are: a line without its newline, or a whole line
/// that the next one might still belong to.
internal sealed class TailTimeouts(TimeSpan partial, TimeSpan group)
{
    private static readonly TimeSpan LongestHurriedWait = TimeSpan.FromSeconds(1);

    private long _partialMs = (long)partial.TotalMilliseconds;
    private long _groupMs = (long)group.TotalMilliseconds;

    public long PartialMs => Volatile.Read(ref _partialMs);

    public long GroupMs => Volatile.Read(ref _groupMs);

    public long Of(bool isPartial) => isPartial ? PartialMs : GroupMs;

    /// We are about to end: wait no longer than a writer in the middle of a line needs.
    public void Hurry()
    {
        Volatile.Write(ref _partialMs, Math.Min(_partialMs, (long)LongestHurriedWait.TotalMilliseconds));
        Volatile.Write(ref _groupMs, Math.Min(_groupMs, (long)LongestHurriedWait.TotalMilliseconds));
    }
}
