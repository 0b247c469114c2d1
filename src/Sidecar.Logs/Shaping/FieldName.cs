using System.Text;
using System.Text.Json;

namespace Sidecar.Logs.Shaping;

/// The name of a field as it is written. There is one of each of the names that are known here.
internal sealed class FieldName
{
    /// How many names stand for what every library knows, and have the first numbers.
    public const int CommonNames = 6;

    public static readonly FieldName Level = new("level", 0);
    public static readonly FieldName Service = new("service", 1);
    public static readonly FieldName RequestId = new("request_id", 2);
    public static readonly FieldName TraceId = new("trace_id", 3);
    public static readonly FieldName Timestamp = new("timestamp", 4);
    public static readonly FieldName Message = new("message", 5);
    public static readonly FieldName SpanId = new("span_id");
    public static readonly FieldName Thread = new("thread");
    public static readonly FieldName Logger = new("logger");
    public static readonly FieldName EventId = new("event_id");
    public static readonly FieldName Pid = new("pid");
    public static readonly FieldName Host = new("host");
    public static readonly FieldName MessageId = new("message_id");
    public static readonly FieldName Client = new("client");
    public static readonly FieldName User = new("user");
    public static readonly FieldName Method = new("method");
    public static readonly FieldName Path = new("path");
    public static readonly FieldName Status = new("status") { IsNumber = true };
    public static readonly FieldName Bytes = new("bytes") { IsNumber = true };
    public static readonly FieldName Referer = new("referer");
    public static readonly FieldName UserAgent = new("user_agent");
    public static readonly FieldName ForwardedFor = new("forwarded_for");

    private readonly byte[] _start;

    private FieldName(string text, int number = CommonNames)
    {
        Text = text;
        Number = number;
        Utf8 = Encoding.UTF8.GetBytes(text);
        _start = [.. ",\""u8, .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, .. "\":"u8];
    }

    public string Text { get; }

    /// Below CommonNames for those.
    public int Number { get; }

    /// Whether digits are written as a number.
    public bool IsNumber { get; private init; }

    public ReadOnlyMemory<byte> Utf8 { get; }

    /// What is written before the value.
    public ReadOnlySpan<byte> Start => _start;

    /// One of those above, or a name of its own.
    public static FieldName Of(string text) => Known.TryGetValue(text, out var known) ? known : new FieldName(text);

    public override string ToString() => Text;

    private static Dictionary<string, FieldName> Known { get; } = new FieldName[]
    {
        Level, Service, RequestId, TraceId, Timestamp, Message, SpanId, Thread, Logger, EventId, Pid, Host, MessageId, Client, User,
        Method, Path, Status, Bytes, Referer, UserAgent, ForwardedFor,
    }.ToDictionary(one => one.Text, StringComparer.Ordinal);
}
