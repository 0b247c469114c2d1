using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Events;

/// How the bytes of a file become events.
internal static class EventSettings
{
    private const string EncodingForm = "utf-8, latin-1, utf-16, utf-16le or utf-16be";

    private const string EncodingMeaning =
        "What the bytes of a file mean as characters; events are sent as UTF-8. With utf-16 the byte-order mark tells the order, little-endian without one.";

    public static readonly Setting<TextEncoding> Encoding =
        Setting.Of("LOGS_ENCODING", EncodingForm, "utf-8", EncodingMeaning, ReadEncoding, "latin-1");

    public static readonly Setting<TextEncoding> SourceEncoding =
        LogsSettings.Source.Of("ENCODING", EncodingForm, "utf-8", EncodingMeaning, ReadEncoding, "latin-1", shared: true);

    public static IEnumerable<ISetting> All => [Encoding];

    private static Parsed<TextEncoding> ReadEncoding(string text) => text.ToLowerInvariant() switch
    {
        "utf-8" => Parsed.Right(TextEncoding.Utf8),
        "latin-1" => Parsed.Right(TextEncoding.Latin1),
        "utf-16" => Parsed.Right(TextEncoding.Utf16),
        "utf-16le" => Parsed.Right(TextEncoding.Utf16LittleEndian),
        "utf-16be" => Parsed.Right(TextEncoding.Utf16BigEndian),
        _ => Parsed.Wrong<TextEncoding>($"{EncodingForm} is expected"),
    };
}
