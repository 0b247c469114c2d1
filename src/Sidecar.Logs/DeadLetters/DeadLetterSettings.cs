using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.DeadLetters;

/// What becomes of events that the service never takes.
internal static class DeadLetterSettings
{
    public static readonly Setting<OutOfRange> OutOfRange = Setting.Choice(
        "LOGS_OUT_OF_RANGE", DeadLetters.OutOfRange.DeadLetter,
        "What becomes of events that CloudWatch rejects for their time (older than 14 days or than the group's retention, or more than 2 hours ahead): written to the dead-letter folder, sent again with the nearest time that is taken, or dropped and counted.");

    public static readonly Setting<string?> Folder = Setting.Text(
        "LOGS_DEAD_LETTER_DIR", null,
        "Where events are kept that CloudWatch does not take, as JSON lines with the reason. Default: dead-letter in LOGS_STATE_DIR. Nothing in it is ever read as a log.",
        "/var/lib/sidecar-logs/dead-letter");

    public static readonly Setting<long> Limit = Setting.Size(
        "LOGS_DEAD_LETTER_LIMIT", "64MiB",
        "How much the dead-letter folder may hold; beyond it the oldest files are deleted, with an error that says how many events that were.",
        min: "16MiB");

    public static IEnumerable<ISetting> All => [OutOfRange, Folder, Limit];
}
