namespace Sidecar.Logs.Tailing;

/// Since when the bytes of a file have been there. A few marks stand for all of them, so that an age is rather too high than too low.
internal sealed class Lag
{
    private const int MaxMarks = 8;

    private readonly Lock _lock = new();
    private Mark[] _marks = [];
    private int _count;

    /// There is something up to this place now, and what lies before the acknowledged place is done with.
    public void Saw(long end, long acknowledged, long now)
    {
        lock (_lock)
        {
            Forget_NeedsLock(acknowledged);
            // Written anew: what was seen before is not there any more.
            if (_count > 0 && end < _marks[_count - 1].End)
                _count = 0;
            if (end <= acknowledged || (_count > 0 && _marks[_count - 1].End == end))
                return;

            if (_marks.Length == 0)
                _marks = new Mark[MaxMarks];
            if (_count == MaxMarks)
                Thin_NeedsLock();
            _marks[_count++] = new Mark(end, now);
        }
    }

    /// How long ago the oldest byte was seen that is not acknowledged; 0 when there is none.
    public long AgeMs(long acknowledged, long now)
    {
        lock (_lock)
        {
            Forget_NeedsLock(acknowledged);
            return _count == 0 ? 0 : now - _marks[0].SeenAt;
        }
    }

    private void Forget_NeedsLock(long acknowledged)
    {
        var done = 0;
        while (done < _count && _marks[done].End <= acknowledged)
            done++;
        if (done == 0)
            return;

        _marks.AsSpan(done, _count - done).CopyTo(_marks);
        _count -= done;
    }

    private void Thin_NeedsLock()
    {
        for (var i = 0; i < MaxMarks / 2; i++)
            _marks[i] = new Mark(_marks[(2 * i) + 1].End, _marks[2 * i].SeenAt);
        _count = MaxMarks / 2;
    }

    /// Everything up to End was there at the time it was seen.
    private readonly record struct Mark(long End, long SeenAt);
}
