using System.Diagnostics.Metrics;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs.Observing;

/// What the agent counts of its work.
internal sealed class LogsMetrics
{
    public const string MeterName = "Sidecar.Logs";

    private readonly Meter _meter;
    private readonly Counter<long> _eventsRead;
    private readonly Counter<long> _eventsSent;
    private readonly Counter<long> _eventsRejected;
    private readonly Counter<long> _eventsClamped;
    private readonly Counter<long> _eventsDeadLettered;
    private readonly Counter<long> _deadLettersDeleted;
    private readonly Counter<long> _bytesRead;
    private readonly Counter<long> _bytesSent;
    private readonly Counter<long> _bytesLost;
    private readonly Counter<long> _bytesSkipped;
    private readonly Counter<long> _pieces;
    private readonly Counter<long> _eventsDropped;
    private readonly Counter<long> _unfiltered;
    private readonly Counter<long> _unparsed;
    private readonly Counter<long> _secrets;
    private readonly Counter<long> _timesReplaced;
    private readonly Counter<long> _timesClamped;
    private readonly Counter<long> _rotations;
    private readonly Counter<long> _truncations;
    private readonly Counter<long> _sendFailures;
    private readonly UpDownCounter<long> _batchesInFlight;
    private readonly Histogram<double> _sendDuration;
    private long _readSoFar;
    private long _sentSoFar;
    private long _messageBytesSoFar;

    public LogsMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _eventsRead = _meter.CreateCounter<long>("sidecar.logs.events.read", "{event}", "Events that were read and are done with.");
        _eventsSent = _meter.CreateCounter<long>("sidecar.logs.events.sent", "{event}", "Events that the destination stored.");
        _eventsRejected = _meter.CreateCounter<long>("sidecar.logs.events.rejected", "{event}", "Events that it refused for what they are.");
        _eventsClamped = _meter.CreateCounter<long>("sidecar.logs.events.clamped", "{event}", "Rejected events that were stored with another time.");
        _eventsDeadLettered = _meter.CreateCounter<long>("sidecar.logs.events.deadlettered", "{event}", "Rejected events that are kept in the dead-letter folder.");
        _deadLettersDeleted = _meter.CreateCounter<long>("sidecar.logs.deadletters.deleted", "{event}", "Dead letters that were deleted to make room.");
        _bytesRead = _meter.CreateCounter<long>("sidecar.logs.bytes.read", "By", "Bytes of files that were acknowledged.");
        _bytesSent = _meter.CreateCounter<long>("sidecar.logs.bytes.sent", "By", "Bytes of messages that the destination took.");
        _bytesLost = _meter.CreateCounter<long>("sidecar.logs.bytes.lost", "By", "Bytes that were gone before they were read.");
        _bytesSkipped = _meter.CreateCounter<long>("sidecar.logs.bytes.skipped", "By", "Bytes of holes, where nothing was written.");
        _pieces = _meter.CreateCounter<long>("sidecar.logs.lines.split", "{piece}", "Pieces of lines longer than an event may be.");
        _eventsDropped = _meter.CreateCounter<long>("sidecar.logs.events.dropped", "{event}", "Events that LOGS_KEEP or LOGS_DROP left out.");
        _unfiltered = _meter.CreateCounter<long>("sidecar.logs.events.unfiltered", "{event}", "Events that were kept because a pattern ran out of time.");
        _unparsed = _meter.CreateCounter<long>("sidecar.logs.events.unparsed", "{event}", "Events that are not what LOGS_FORMAT or LOGS_PARSE says.");
        _secrets = _meter.CreateCounter<long>("sidecar.logs.secrets.redacted", "{secret}", "Secrets that were taken out of events.");
        _timesReplaced = _meter.CreateCounter<long>("sidecar.logs.timestamps.replaced", "{event}", "Events whose line carried a time that was not believed.");
        _timesClamped = _meter.CreateCounter<long>("sidecar.logs.timestamps.clamped", "{event}", "Events that were moved by up to a minute to keep the order.");
        _rotations = _meter.CreateCounter<long>("sidecar.logs.rotations", "{file}", "Files that lost their name.");
        _truncations = _meter.CreateCounter<long>("sidecar.logs.truncations", "{file}", "Files that became shorter, or were written anew.");
        _sendFailures = _meter.CreateCounter<long>("sidecar.logs.send.failures", "{batch}", "Batches that have to be sent again.");
        _batchesInFlight = _meter.CreateUpDownCounter<long>("sidecar.logs.batches.inflight", "{batch}", "Batches that wait for an answer.");
        _sendDuration = _meter.CreateHistogram<double>(
            "sidecar.logs.send.duration", "s", "From handing over a batch to the answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });
    }

    /// Events that were read and are done with since the start.
    public long ReadSoFar => Interlocked.Read(ref _readSoFar);

    /// Events that the destination stored since the start.
    public long SentSoFar => Interlocked.Read(ref _sentSoFar);

    public long MessageBytesSoFar => Interlocked.Read(ref _messageBytesSoFar);

    public void Acknowledged(string source, long bytes, int events)
    {
        var tag = new KeyValuePair<string, object?>("source", source);
        _bytesRead.Add(bytes, tag);
        _eventsRead.Add(events, tag);
        Interlocked.Add(ref _readSoFar, events);
    }

    public void Sent(int events, long messageBytes, int pieces)
    {
        _eventsSent.Add(events);
        _bytesSent.Add(messageBytes);
        _pieces.Add(pieces);
        Interlocked.Add(ref _sentSoFar, events);
        Interlocked.Add(ref _messageBytesSoFar, messageBytes);
    }

    public void Shaped(in ShapingCounts counts)
    {
        Add(_timesReplaced, counts.Ahead, "ahead");
        Add(_timesReplaced, counts.Misplaced, "misplaced");
        Add(_timesClamped, counts.Clamped, null);
        Add(_eventsDropped, counts.Dropped, null);
        Add(_unfiltered, counts.Unfiltered, null);
        Add(_unparsed, counts.Unparsed, null);
        Add(_secrets, counts.Emails, "email");
        Add(_secrets, counts.Cards, "card");
        Add(_secrets, counts.AwsKeys, "aws-key");
        Add(_secrets, counts.Bearers, "bearer");
        Add(_secrets, counts.Patterns, "pattern");
    }

    public void Rejected(RejectionReason reason, int events) =>
        _eventsRejected.Add(events, new KeyValuePair<string, object?>("reason", NameOf(reason)));

    public void Clamped(RejectionReason reason, int events) =>
        _eventsClamped.Add(events, new KeyValuePair<string, object?>("reason", NameOf(reason)));

    public void DeadLettered(RejectionReason reason, int events) =>
        _eventsDeadLettered.Add(events, new KeyValuePair<string, object?>("reason", NameOf(reason)));

    public void DeadLettersDeleted(int events) => _deadLettersDeleted.Add(events);

    public void SendFailed(string reason) => _sendFailures.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void SendStarted() => _batchesInFlight.Add(1);

    public void SendEnded(TimeSpan took)
    {
        _batchesInFlight.Add(-1);
        _sendDuration.Record(took.TotalSeconds);
    }

    public void Lost(string source, long bytes) => _bytesLost.Add(bytes, new KeyValuePair<string, object?>("source", source));

    public void HoleSkipped(string source, long bytes) => _bytesSkipped.Add(bytes, new KeyValuePair<string, object?>("source", source));

    public void Rotated(string source) => _rotations.Add(1, new KeyValuePair<string, object?>("source", source));

    public void Truncated(string source) => _truncations.Add(1, new KeyValuePair<string, object?>("source", source));

    /// A count that appears with its first event has no rate then: whoever watches sees it from its beginning.
    public void CountFromZero(IEnumerable<string> sources)
    {
        Sent(0, 0, 0);
        DeadLettersDeleted(0);
        foreach (var counter in (Counter<long>[])[_timesClamped, _eventsDropped, _unfiltered, _unparsed])
            counter.Add(0);
        foreach (var reason in Enum.GetValues<RejectionReason>())
        {
            Rejected(reason, 0);
            Clamped(reason, 0);
            DeadLettered(reason, 0);
        }

        foreach (var reason in (string[])["throttled", "unavailable", "refused", "poison", "dead_letter"])
            _sendFailures.Add(0, new KeyValuePair<string, object?>("reason", reason));

        foreach (var source in sources)
        {
            Acknowledged(source, 0, 0);
            Lost(source, 0);
            HoleSkipped(source, 0);
            _rotations.Add(0, new KeyValuePair<string, object?>("source", source));
            _truncations.Add(0, new KeyValuePair<string, object?>("source", source));
        }
    }

    /// Measures that are looked up when someone asks: what waits, and how old the state on disk is.
    public void Observe(Func<IReadOnlyList<SourceBacklog>> backlog, Func<StreamCounts> streams, Func<TimeSpan> checkpointAge)
    {
        _meter.CreateObservableGauge(
            "sidecar.logs.backlog.age",
            () => backlog().Select(one => new Measurement<double>(one.Age.TotalSeconds, new KeyValuePair<string, object?>("source", one.Source))),
            "s",
            "For how long the oldest byte has waited that is not acknowledged.");
        _meter.CreateObservableGauge("sidecar.logs.streams", () => streams().Streams, "{stream}", "Streams that are sent to.");
        _meter.CreateObservableGauge("sidecar.logs.streams.troubled", () => streams().Troubled, "{stream}", "Streams whose events are not taken at the moment.");
        _meter.CreateObservableGauge(
            "sidecar.logs.flush.interval", () => streams().LongestFlush.TotalSeconds, "s", "The longest flush interval of a stream; throttling makes it longer.");
        _meter.CreateObservableGauge(
            "sidecar.logs.backlog",
            () => backlog().Select(one => new Measurement<long>(one.UnreadBytes, new KeyValuePair<string, object?>("source", one.Source))),
            "By",
            "Bytes that are written but not acknowledged.");
        _meter.CreateObservableGauge(
            "sidecar.logs.files",
            () => backlog().Select(one => new Measurement<long>(one.Files, new KeyValuePair<string, object?>("source", one.Source))),
            "{file}",
            "Files that are followed.");
        _meter.CreateObservableGauge(
            "sidecar.logs.checkpoint.age", () => checkpointAge().TotalSeconds, "s", "For how long the state on disk is behind.");
    }

    private static void Add(Counter<long> counter, int count, string? reason)
    {
        if (count == 0)
            return;
        if (reason is null)
            counter.Add(count);
        else
            counter.Add(count, new KeyValuePair<string, object?>("reason", reason));
    }

    public static string NameOf(RejectionReason reason) => reason switch
    {
        RejectionReason.TooOld => "too_old",
        RejectionReason.TooNew => "too_new",
        RejectionReason.Expired => "expired",
        _ => "poison",
    };
}
