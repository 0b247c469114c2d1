namespace Sidecar.Logs.Shaping;

/// The names that libraries give to the same few fields, and the one that stands for them all.
internal static class CommonName
{
    /// Null for a field of another kind.
    public static FieldName? Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Two(name),
        3 => Is(name, "msg"u8) ? FieldName.Message : Is(name, "lvl"u8) ? FieldName.Level : Is(name, "@mt"u8) ? FieldName.Message : Is(name, "@tr"u8) ? FieldName.TraceId
            : Is(name, "app"u8) ? FieldName.Service : null,
        4 => Is(name, "time"u8) || Is(name, "Time"u8) ? FieldName.Timestamp : null,
        5 => Is(name, "level"u8) || Is(name, "Level"u8) ? FieldName.Level : Is(name, "reqId"u8) ? FieldName.RequestId : null,
        6 => Is(name, "req_id"u8) ? FieldName.RequestId : null,
        7 => Is(name, "message"u8) || Is(name, "Message"u8) ? FieldName.Message : Is(name, "service"u8) ? FieldName.Service
            : Is(name, "traceId"u8) || Is(name, "TraceId"u8) || Is(name, "traceID"u8) ? FieldName.TraceId : null,
        8 => Is(name, "severity"u8) || Is(name, "logLevel"u8) || Is(name, "LogLevel"u8) || Is(name, "loglevel"u8) ? FieldName.Level
            : Is(name, "trace_id"u8) || Is(name, "trace.id"u8) ? FieldName.TraceId : null,
        9 => Is(name, "timestamp"u8) || Is(name, "Timestamp"u8) ? FieldName.Timestamp : Is(name, "log.level"u8) || Is(name, "levelname"u8) || Is(name, "log_level"u8) ? FieldName.Level
            : Is(name, "requestId"u8) || Is(name, "RequestId"u8) || Is(name, "requestID"u8) ? FieldName.RequestId : null,
        10 => Is(name, "@timestamp"u8) ? FieldName.Timestamp : Is(name, "request_id"u8) || Is(name, "request.id"u8) ? FieldName.RequestId : null,
        11 => Is(name, "dd.trace_id"u8) || Is(name, "otelTraceID"u8) ? FieldName.TraceId : Is(name, "serviceName"u8) ? FieldName.Service : null,
        12 => Is(name, "service.name"u8) || Is(name, "service_name"u8) ? FieldName.Service : Is(name, "x-request-id"u8) || Is(name, "x_request_id"u8) ? FieldName.RequestId : null,
        13 => Is(name, "short_message"u8) ? FieldName.Message : Is(name, "severity_text"u8) ? FieldName.Level : Is(name, "correlationId"u8) || Is(name, "CorrelationId"u8) ? FieldName.RequestId : null,
        14 => Is(name, "correlation_id"u8) ? FieldName.RequestId : null,
        15 => Is(name, "http.request.id"u8) ? FieldName.RequestId : null,
        _ => null,
    };

    private static FieldName? Two(ReadOnlySpan<byte> name) =>
        Is(name, "ts"u8) || Is(name, "@t"u8) ? FieldName.Timestamp : Is(name, "@l"u8) ? FieldName.Level : Is(name, "@m"u8) ? FieldName.Message : null;

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => text.SequenceEqual(name);
}
