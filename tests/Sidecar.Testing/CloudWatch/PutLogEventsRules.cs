using System.Text.Json;

namespace Sidecar.Testing.CloudWatch;

/// What the service accepts in one PutLogEvents call. A broken rule fails the call as a whole.
internal static class PutLogEventsRules
{
    public const int MaxBatchBytes = 1_048_576;
    public const int BytesPerEvent = 26;
    public const int MaxEvents = 10_000;
    private static readonly long Day = (long)TimeSpan.FromDays(1).TotalMilliseconds;
    private static readonly long TwoHours = (long)TimeSpan.FromHours(2).TotalMilliseconds;

    public static List<IncomingEvent> Read(JsonElement request)
    {
        if (!request.TryGetProperty("logEvents", out var array) || array.ValueKind != JsonValueKind.Array)
            throw Invalid("1 validation error detected: Value null at 'logEvents' failed to satisfy constraint: Member must not be null");

        var count = array.GetArrayLength();
        if (count is 0 or > MaxEvents)
            throw Invalid($"1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and {MaxEvents}, not {count}");

        var events = new List<IncomingEvent>(count);
        foreach (var item in array.EnumerateArray())
            events.Add(ReadEvent(item, events.Count));
        return events;
    }

    public static RejectedEvents Check(List<IncomingEvent> events, long now, int? retentionDays)
    {
        CheckSize(events);
        CheckOrder(events);
        var rejected = Reject(events, now, retentionDays);
        CheckSpan(events, rejected.Valid(events.Count));
        return rejected;
    }

    private static IncomingEvent ReadEvent(JsonElement item, int index)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw new ServiceErrorException(ServiceError.Serialization($"logEvents[{index}] is no structure"));
        if (!item.TryGetProperty("timestamp", out var time) || !time.TryGetInt64(out var timestamp) || timestamp < 0)
            throw Invalid($"1 validation error detected: Value at 'logEvents.{index + 1}.member.timestamp' failed to satisfy constraint: Member must have value greater than or equal to 0");
        if (!item.TryGetProperty("message", out var text) || text.ValueKind != JsonValueKind.String)
            throw Invalid($"1 validation error detected: Value null at 'logEvents.{index + 1}.member.message' failed to satisfy constraint: Member must not be null");

        var message = System.Text.Encoding.UTF8.GetBytes(text.GetString()!);
        if (message.Length == 0)
            throw Invalid($"1 validation error detected: Value '' at 'logEvents.{index + 1}.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1");
        if (message.Length + BytesPerEvent > MaxBatchBytes)
            throw Invalid($"Log event too large: {message.Length + BytesPerEvent} bytes exceeds limit of {MaxBatchBytes}");
        return new IncomingEvent(timestamp, message);
    }

    private static void CheckSize(List<IncomingEvent> events)
    {
        var bytes = events.Sum(e => (long)e.Message.Length + BytesPerEvent);
        if (bytes > MaxBatchBytes)
            throw Invalid($"Upload too large: {bytes} bytes exceeds limit of {MaxBatchBytes}");
    }

    private static void CheckOrder(List<IncomingEvent> events)
    {
        for (var i = 1; i < events.Count; i++)
        {
            if (events[i].Timestamp < events[i - 1].Timestamp)
                throw Invalid("Log events in a single PutLogEvents request must be in chronological order.");
        }
    }

    // The events are in order, so each kind of rejection is a prefix or a suffix.
    private static RejectedEvents Reject(List<IncomingEvent> events, long now, int? retentionDays)
    {
        var tooOld = events.Count(e => e.Timestamp < now - 14 * Day);
        var expired = retentionDays is { } days ? events.Count(e => e.Timestamp < now - days * Day) : 0;
        var tooNew = events.Count(e => e.Timestamp > now + TwoHours);
        return new RejectedEvents(
            tooOld > 0 ? tooOld : null,
            expired > tooOld ? expired : null,
            tooNew > 0 ? events.Count - tooNew : null);
    }

    private static void CheckSpan(List<IncomingEvent> events, Range valid)
    {
        var (start, length) = valid.GetOffsetAndLength(events.Count);
        if (length > 1 && events[start + length - 1].Timestamp - events[start].Timestamp > Day)
            throw Invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
    }

    private static ServiceErrorException Invalid(string message) => new(ServiceError.InvalidParameter(message));
}
