using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Shaping;

/// Makes of the events of one source what is sent: dates them, leaves some out, and takes secrets out of the rest. One thread at a time.
internal sealed class EventShaper
{
    private readonly EventTimes _times;
    private readonly EventFilter? _filter;
    private readonly Redactor? _redactor;

    public EventShaper(ShapingOptions options)
    {
        var text = new Lazy<CharText>(() => new CharText(), isThreadSafe: false);
        _times = new EventTimes(options);
        if (options.Keep is not null || options.Drop is not null)
            _filter = new EventFilter(options.Keep, options.Drop, text);
        if (options.Secrets.Count > 0 || options.SecretPatterns.Count > 0)
            _redactor = new Redactor(options.Secrets, options.SecretPatterns, text);
    }

    public bool Redacts => _redactor is not null;

    /// False when the event is not to be sent. ReadMs is the time of reading, now the agent's clock. What is changed lies in the room.
    public bool TryShape(
        ref ReadOnlyMemory<byte> message, long readMs, long now, MessageRoom room, ref LineClock clock, ref ShapingCounts counts, out long timestampMs)
    {
        timestampMs = _times.Of(message.Span, readMs, ref clock, out var isAhead);
        if (_filter is not null && !_filter.Keeps(message.Span, now, ref counts))
            return false;

        counts.Ahead += isAhead ? 1 : 0;
        if (_redactor is not null)
            message = _redactor.Redact(message, room, ref counts);
        return true;
    }
}
