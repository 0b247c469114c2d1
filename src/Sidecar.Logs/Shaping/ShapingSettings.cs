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

    private const string TimestampExample = "%d/%m/%Y %H:%M:%S";
    private const string ZoneForm = "a time zone's name";

    private const string TimestampMeaning =
        "The time of an event: the one that its line carries, in any of the formats that docs/logs.md lists (auto) or in the one given here, searched for in the first 512 bytes; else the time of reading (read-time).";

    private const string ZoneMeaning = "What a time in a line means that names no zone.";

    public static IEnumerable<ISetting> All => [Timestamp, Zone];

    private static Parsed<TimeZoneInfo> ReadZone(string text) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)
            ? Parsed.Right(zone)
            : Parsed.Wrong<TimeZoneInfo>("a time zone that this machine knows is expected (its tzdata may be missing)");
}
