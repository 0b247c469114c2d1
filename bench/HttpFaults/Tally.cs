namespace HttpFaults;

/// What callers saw.
internal sealed class Tally
{
    private readonly Lock _lock = new();

    public int Requests { get; private set; }

    public int Failed { get; private set; }

    public TimeSpan Longest { get; private set; }

    /// When each backend was heard last, by its address.
    public Dictionary<string, long> LastHeard { get; } = new(StringComparer.Ordinal);

    public void Add(bool isGood, TimeSpan took, string by)
    {
        lock (_lock)
        {
            Requests++;
            if (!isGood) Failed++;
            if (took > Longest) Longest = took;
            if (isGood) LastHeard[by] = TimeProvider.System.GetTimestamp();
        }
    }
}
