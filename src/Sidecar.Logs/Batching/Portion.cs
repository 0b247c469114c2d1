namespace Sidecar.Logs.Batching;

/// How many events a stream's next batch may have: as many as fit, until one of them is not taken; then half as many, until that
/// one stands alone. What comes before it is stored and acknowledged on the way, once, and nothing is held in memory meanwhile.
internal sealed class Portion
{
    /// Where so many stand together, the next one is probably one of them, too.
    private const int FoundBeforeSingles = 3;

    private int _takenInRow;

    public int MaxEvents { get; private set; } = BatchLimits.MaxEvents;

    /// How many events in a row were not taken although each stood alone.
    public int FoundInRow { get; private set; }

    /// Something among so many events was not taken.
    public void Refused(int events)
    {
        MaxEvents = Math.Max(1, events / 2);
        _takenInRow = 0;
    }

    /// One half was taken, so the other is at fault; when that is taken as well, whatever it was has passed.
    public void Taken()
    {
        FoundInRow = 0;
        if (MaxEvents == BatchLimits.MaxEvents || ++_takenInRow < 2)
            return;

        MaxEvents = Math.Min(BatchLimits.MaxEvents, MaxEvents * 2);
        _takenInRow = 0;
    }

    /// The event at fault stood alone, and is done with.
    public void Found()
    {
        MaxEvents = ++FoundInRow < FoundBeforeSingles ? BatchLimits.MaxEvents : 1;
        _takenInRow = 0;
    }
}
