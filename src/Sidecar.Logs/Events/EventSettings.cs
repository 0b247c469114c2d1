using Sidecar.Hosting.Settings;
using Sidecar.Logs.Discovery;

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

    private const string LinesMeaning =
        "Which lines are sent as one event. auto: indented lines and the lines of stack traces carry on the line before them, and so does free text in a file that shows how its events begin (a time, a level, JSON). A language: only its stack traces, and indented lines. start:<regex>: all lines up to the next that it matches.";

    public static readonly Setting<Multiline> Lines =
        Setting.Of("LOGS_MULTILINE", Multiline.Form, "auto", LinesMeaning, Multiline.Read, @"start:^\d{4}-");

    public static readonly Setting<Multiline> SourceLines =
        LogsSettings.Source.Of("MULTILINE", Multiline.Form, "auto", LinesMeaning, Multiline.Read, @"start:^\d{4}-", shared: true);

    public static readonly Setting<TimeSpan> MultilineTimeout = Setting.Duration(
        "LOGS_MULTILINE_TIMEOUT", "500ms", "How long a file must have been quiet before its last event is taken to be whole.", min: "10ms", max: "1m");

    public static IEnumerable<ISetting> All => [Encoding, Lines, MultilineTimeout];

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
