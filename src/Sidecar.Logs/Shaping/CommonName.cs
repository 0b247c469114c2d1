namespace Sidecar.Logs.Shaping;

/// The names that libraries give to the same few fields, and the one that stands for them all.
internal static class CommonName
{
    /// Null for a field of another kind.
    public static string? Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Two(name),
        3 => Is(name, "msg"u8) ? "message" : Is(name, "lvl"u8) ? "level" : Is(name, "@mt"u8) ? "message" : Is(name, "@tr"u8) ? "trace_id"
            : Is(name, "app"u8) ? "service" : null,
        4 => Is(name, "time"u8) || Is(name, "Time"u8) ? "timestamp" : null,
        5 => Is(name, "level"u8) || Is(name, "Level"u8) ? "level" : Is(name, "reqId"u8) ? "request_id" : null,
        6 => Is(name, "req_id"u8) ? "request_id" : null,
        7 => Is(name, "message"u8) || Is(name, "Message"u8) ? "message" : Is(name, "service"u8) ? "service"
            : Is(name, "traceId"u8) || Is(name, "TraceId"u8) || Is(name, "traceID"u8) ? "trace_id" : null,
        8 => Is(name, "severity"u8) || Is(name, "logLevel"u8) || Is(name, "LogLevel"u8) || Is(name, "loglevel"u8) ? "level"
            : Is(name, "trace_id"u8) || Is(name, "trace.id"u8) ? "trace_id" : null,
        9 => Is(name, "timestamp"u8) || Is(name, "Timestamp"u8) ? "timestamp" : Is(name, "log.level"u8) || Is(name, "levelname"u8) || Is(name, "log_level"u8) ? "level"
            : Is(name, "requestId"u8) || Is(name, "RequestId"u8) || Is(name, "requestID"u8) ? "request_id" : null,
        10 => Is(name, "@timestamp"u8) ? "timestamp" : Is(name, "request_id"u8) || Is(name, "request.id"u8) ? "request_id" : null,
        11 => Is(name, "dd.trace_id"u8) ? "trace_id" : Is(name, "serviceName"u8) ? "service" : null,
        12 => Is(name, "service.name"u8) || Is(name, "service_name"u8) ? "service" : Is(name, "x-request-id"u8) || Is(name, "x_request_id"u8) ? "request_id" : null,
        13 => Is(name, "short_message"u8) ? "message" : Is(name, "severity_text"u8) ? "level" : Is(name, "correlationId"u8) || Is(name, "CorrelationId"u8) ? "request_id" : null,
        14 => Is(name, "correlation_id"u8) ? "request_id" : null,
        15 => Is(name, "http.request.id"u8) ? "request_id" : null,
        _ => null,
    };

    private static string? Two(ReadOnlySpan<byte> name) =>
        Is(name, "ts"u8) || Is(name, "@t"u8) ? "timestamp" : Is(name, "@l"u8) ? "level" : Is(name, "@m"u8) ? "message" : null;

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => text.SequenceEqual(name);
}
