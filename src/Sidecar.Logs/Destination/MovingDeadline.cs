namespace Sidecar.Logs.Destination;

/// Ends a call of which nothing has moved for a while, or that has taken too long although it moves.
internal sealed class MovingDeadline : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly TimeSpan _longest;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended;
    private readonly long _startedAt;
    private volatile bool _isLastStretch;

    public MovingDeadline(TimeSpan patience, TimeSpan longest, TimeProvider time)
    {
        (_patience, _longest, _time) = (patience, longest, time);
        _startedAt = time.GetTimestamp();
        _ended = new CancellationTokenSource(patience, time);
    }

    public CancellationToken Token => _ended.Token;

    /// Whether it has taken as long as a call may that moves.
    public bool IsSpent => _isLastStretch && Token.IsCancellationRequested;

    public void Moved()
    {
        var left = _longest - _time.GetElapsedTime(_startedAt);
        _isLastStretch = left < _patience;
        if (left > TimeSpan.Zero)
            _ended.CancelAfter(_isLastStretch ? left : _patience);
    }

    public void Dispose() => _ended.Dispose();
}
