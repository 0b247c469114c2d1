namespace Sidecar.Logs.Shaping;

/// What is made of the events of one source.
internal sealed record ShapingOptions
{
    public static ShapingOptions Default { get; } = new();

    /// Where an event's time comes from.
    public TimestampRule Timestamp { get; init; } = TimestampRule.Auto;

    /// Only events in which it is found are sent.
    public UserPattern? Keep { get; init; }

    /// Events in which it is found are not sent.
    public UserPattern? Drop { get; init; }

    /// What is taken out of messages, by its looks.
    public IReadOnlyList<SecretKind> Secrets { get; init; } = [];

    /// And by patterns.
    public IReadOnlyList<UserPattern> SecretPatterns { get; init; } = [];

    /// What the events are.
    public EventFormat Format { get; init; } = EventFormat.Text;

    /// How plain lines become objects; null when they do not.
    public LineParsing? Parse { get; init; }

    /// The service of events that name none.
    public string? Service { get; init; }

    /// What a time means that names no zone.
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
}
