using System.Globalization;

namespace LogShipping.Service;

/// What the sink has taken so far, as one line between the two processes.
internal sealed class SinkCounters
{
    private long _events;
    private long _bodies;
    private long _bytes;

    public SinkCounters()
    {
    }

    public SinkCounters(string line)
    {
        var numbers = line.Split(' ').Select(one => long.Parse(one, CultureInfo.InvariantCulture)).ToArray();
        (_events, _bodies, _bytes) = (numbers[0], numbers[1], numbers[2]);
    }

    public long Events => Volatile.Read(ref _events);

    public long Bodies => Volatile.Read(ref _bodies);

    public long Bytes => Volatile.Read(ref _bytes);

    /// Inside a message a quote is escaped, so this can only be the field of an event.
    public void Take(ReadOnlySpan<byte> body)
    {
        Interlocked.Add(ref _bytes, body.Length);
        Interlocked.Increment(ref _bodies);
        Interlocked.Add(ref _events, body.Count("\"timestamp\":"u8));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Events} {Bodies} {Bytes}");
}
