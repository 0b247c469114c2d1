using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Shaping;

/// Makes of the events of one source what is sent: dates them, leaves some out, takes secrets out of the rest, and turns lines into
/// objects. One thread at a time.
internal sealed class EventShaper
{
    private readonly EventTimes _times;
    private readonly EventFilter? _filter;
    private readonly Redactor? _redactor;
    private readonly JsonLine? _json;
    private readonly LineParser? _parser;
    private readonly bool _changes;

    /// MaxLength is that of a message.
    public EventShaper(ShapingOptions options, int maxLength)
    {
        var text = new Lazy<CharText>(() => new CharText(), isThreadSafe: false);
        _times = new EventTimes(options);
        if (options.Keep is not null || options.Drop is not null)
            _filter = new EventFilter(options.Keep, options.Drop, text);
        if (options.Secrets.Count > 0 || options.SecretPatterns.Count > 0)
            _redactor = new Redactor(options.Secrets, options.SecretPatterns, text);
        if (options.Format == EventFormat.Json)
            _json = new JsonLine(maxLength);
        if (options.Parse is { } parsing)
            _parser = new LineParser(parsing, options.Service, maxLength, text);
        _changes = _filter is not null || _redactor is not null || _json is not null || _parser is not null;
    }

    public bool Redacts => _redactor is not null;

    /// False when the event is not to be sent. ReadMs is the time of reading, now the agent's clock. What is changed lies in the room.
    public bool TryShape(
        ref ReadOnlyMemory<byte> message, long readMs, long now, MessageRoom room, ref LineClock clock, ref ShapingCounts counts, out ShapedAs shaped)
    {
        var timestampMs = _times.Of(message.Span, readMs, ref clock, out var isAhead);
        shaped = new ShapedAs(timestampMs, MetricLine.Is(message.Span));
        if (isAhead)
            counts.Ahead++;
        return !_changes || TryChange(ref message, readMs, now, room, shaped, ref counts);
    }

    private bool TryChange(
        ref ReadOnlyMemory<byte> message, long readMs, long now, MessageRoom room, ShapedAs shaped, ref ShapingCounts counts)
    {
        if (_filter is not null && !_filter.Keeps(message.Span, now, ref counts))
            return false;
        if (_redactor is not null)
            message = _redactor.Redact(message, room, ref counts);

        // CloudWatch wants metrics as they were written.
        if (shaped.IsMetrics || (_json is null && _parser is null) || (_json is not null && _json.TryRename(ref message, room)))
            return true;
        if (_parser is null || !_parser.TryParse(ref message, shaped.TimestampMs, _times.EndIn(message.Span, readMs), now, room))
            counts.Unparsed++;
        return true;
    }
}
