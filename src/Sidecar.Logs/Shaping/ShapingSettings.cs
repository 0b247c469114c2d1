using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Shaping;

/// What is made of events before they are sent.
internal static class ShapingSettings
{
    public static readonly Setting<TimestampRule> Timestamp = Setting.Of(
        "LOGS_TIMESTAMP", TimestampRule.Form, "auto", TimestampMeaning, TimestampRule.Read, TimestampExample);

    public static readonly Setting<TimestampRule> SourceTimestamp = LogsSettings.Source.Of(
        "TIMESTAMP", TimestampRule.Form, "auto", TimestampMeaning, TimestampRule.Read, TimestampExample, shared: true);

    public static readonly Setting<TimeZoneInfo> Zone = Setting.Of("LOGS_TIMEZONE", ZoneForm, "UTC", ZoneMeaning, ReadZone, "Europe/Berlin");

    public static readonly Setting<TimeZoneInfo> SourceZone =
        LogsSettings.Source.Of("TIMEZONE", ZoneForm, "UTC", ZoneMeaning, ReadZone, "Europe/Berlin", shared: true);

    public static readonly Setting<EventFormat> Format = Setting.Choice("LOGS_FORMAT", EventFormat.Text, FormatMeaning);

    public static readonly Setting<EventFormat> SourceFormat = LogsSettings.Source.Choice("FORMAT", EventFormat.Text, FormatMeaning, shared: true);

    public static readonly Setting<LineParsing?> Parse = Setting.Of("LOGS_PARSE", LineParsing.Form, null, ParseMeaning, LineParsing.Read, "logback");

    public static readonly Setting<LineParsing?> SourceParse =
        LogsSettings.Source.Of("PARSE", LineParsing.Form, null, ParseMeaning, LineParsing.Read, "logback", shared: true);

    public static readonly Setting<UserPattern?> Keep = Setting.Of("LOGS_KEEP", UserPattern.Form, null, KeepMeaning, UserPattern.Read, "ERROR|WARN");

    public static readonly Setting<UserPattern?> SourceKeep =
        LogsSettings.Source.Of("KEEP", UserPattern.Form, null, KeepMeaning, UserPattern.Read, "ERROR|WARN", shared: true);

    public static readonly Setting<UserPattern?> Drop = Setting.Of("LOGS_DROP", UserPattern.Form, null, DropMeaning, UserPattern.Read, "GET /health");

    public static readonly Setting<UserPattern?> SourceDrop =
        LogsSettings.Source.Of("DROP", UserPattern.Form, null, DropMeaning, UserPattern.Read, "GET /health", shared: true);

    public static readonly Setting<IReadOnlyList<SecretKind>> Redact =
        Setting.Of("LOGS_REDACT", SecretsForm, "", RedactMeaning, ReadSecrets, "email;card");

    public static readonly Setting<IReadOnlyList<SecretKind>> SourceRedact =
        LogsSettings.Source.Of("REDACT", SecretsForm, "", RedactMeaning, ReadSecrets, "email;card", shared: true);

    public static readonly NamedKind Redaction = new(
        "LOGS_REDACT",
        "A pattern of your own whose matches are taken out of all events of all sources; if it has groups, only what these match.",
        RedactionExample)
    {
        Form = UserPattern.LinearForm,
    };

    public const string RedactionExample = "password=(\\S+)";

    private const string SecretsForm = "email, card, aws-key, bearer, split at newlines if there is one, else at ;";
    private const string FormatMeaning =
        "What the events are. json: objects, whose fields for the time, the level, the service, the request, the trace and the message get the same names whatever library wrote them.";

    private const string ParseMeaning =
        "Turns plain lines into JSON objects with timestamp, level, service, request_id, trace_id and message as far as they state them, so that Logs Insights can be asked for the errors of one service or request. What does not parse is sent as it is.";

    private const string KeepMeaning = "Only events in which this is found are sent; the others count as acknowledged.";
    private const string DropMeaning = "Events in which this is found are not sent, and count as acknowledged. Wins over LOGS_KEEP.";

    private const string RedactMeaning =
        "What is taken out of events before they go anywhere, dead letters included: e-mail addresses, payment card numbers (with a right check digit), AWS access key ids and secret keys, bearer and JSON web tokens. Each becomes ***.";

    private const string TimestampExample = "%d/%m/%Y %H:%M:%S";
    private const string ZoneForm = "a time zone's name";

    private const string TimestampMeaning =
        "The time of an event: the one that its line carries, in any of the formats that docs/logs.md lists (auto) or in the one given here, searched for in the first 512 bytes; else the time of reading (read-time).";

    private const string ZoneMeaning = "What a time in a line means that names no zone.";

    public static IEnumerable<ISetting> All => [Timestamp, Zone, Format, Parse, Keep, Drop, Redact, Redaction];

    private static Parsed<IReadOnlyList<SecretKind>> ReadSecrets(string text)
    {
        var kinds = new List<SecretKind>();
        foreach (var one in ValueForms.List(text))
        {
            SecretKind? kind = one.ToLowerInvariant() switch
            {
                "email" => SecretKind.Email,
                "card" => SecretKind.Card,
                "aws-key" => SecretKind.AwsKey,
                "bearer" => SecretKind.Bearer,
                _ => null,
            };
            if (kind is not { } known)
                return Parsed.Wrong<IReadOnlyList<SecretKind>>($"a list of email, card, aws-key and bearer is expected, not '{one}' (a pattern of your own is LOGS_REDACT_<NAME>)");
            if (!kinds.Contains(known))
                kinds.Add(known);
        }

        return Parsed.Right<IReadOnlyList<SecretKind>>(kinds);
    }

    private static Parsed<TimeZoneInfo> ReadZone(string text) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)
            ? Parsed.Right(zone)
            : Parsed.Wrong<TimeZoneInfo>("a time zone that this machine knows is expected (its tzdata may be missing)");
}
