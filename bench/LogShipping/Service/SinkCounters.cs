using System.Buffers.Text;
using System.Globalization;

namespace LogShipping.Service;

/// What the sink has taken so far, as one line between the two processes.
internal sealed class SinkCounters
{
    private const int LongestMs = 30_000;

    private readonly long[] _late = new long[LongestMs + 1];
    private long _events;
    private long _bodies;
    private long _bytes;
    private long _timed;

    /// What marks the time at which a line was written, in milliseconds since 1970.
    public static ReadOnlySpan<byte> SentMark => "sent="u8;

    public long Events => Volatile.Read(ref _events);

    public long Bodies => Volatile.Read(ref _bodies);

    public long Bytes => Volatile.Read(ref _bytes);

    /// Lines that carried the time at which they were written.
    public long Timed { get; private init; }

    public TimeSpan Median { get; private init; }

    public TimeSpan Percentile99 { get; private init; }

    public TimeSpan Longest { get; private init; }

    public static SinkCounters Parse(string line)
    {
        var numbers = line.Split(' ').Select(one => long.Parse(one, CultureInfo.InvariantCulture)).ToArray();
        return new SinkCounters
        {
            _events = numbers[0], _bodies = numbers[1], _bytes = numbers[2], Timed = numbers[3],
            Median = TimeSpan.FromMilliseconds(numbers[4]), Percentile99 = TimeSpan.FromMilliseconds(numbers[5]), Longest = TimeSpan.FromMilliseconds(numbers[6]),
        };
    }

    /// Inside a message a quote is escaped, so this can only be the field of an event.
    public void Take(ReadOnlySpan<byte> body, long nowMs)
    {
        Interlocked.Add(ref _bytes, body.Length);
        Interlocked.Increment(ref _bodies);
        Interlocked.Add(ref _events, body.Count("\"timestamp\":"u8));
        for (var at = body.IndexOf(SentMark); at >= 0; at = body.IndexOf(SentMark))
        {
            body = body[(at + SentMark.Length)..];
            if (!Utf8Parser.TryParse(body, out long sentMs, out _))
                continue;
            Interlocked.Increment(ref _late[Math.Clamp(nowMs - sentMs, 0, LongestMs)]);
            Interlocked.Increment(ref _timed);
        }
    }

    public override string ToString()
    {
        var timed = Volatile.Read(ref _timed);
        return string.Create(CultureInfo.InvariantCulture, $"{Events} {Bodies} {Bytes} {timed} {Late(timed, 0.5)} {Late(timed, 0.99)} {Late(timed, 1)}");
    }

    private int Late(long timed, double share)
    {
        var left = (long)Math.Ceiling(timed * share);
        for (var ms = 0; left > 0 && ms <= LongestMs; ms++)
        {
            left -= Volatile.Read(ref _late[ms]);
            if (left <= 0)
                return ms;
        }

        return 0;
    }
}
