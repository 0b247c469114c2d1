namespace Sidecar.Logs.Shaping;

/// What is made of the events of one source.
internal sealed record ShapingOptions
{
    public static ShapingOptions Default { get; } = new();

    /// Where an event's time comes from.
    public TimestampRule Timestamp { get; init; } = TimestampRule.Auto;

    /// What a time means that names no zone.
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
}
