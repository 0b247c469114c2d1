using Sidecar.Hosting.Settings;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Shaping;

/// Where an event's time comes from: its line, in any format that is known or in the one that is given, or the moment of reading.
internal sealed record TimestampRule(bool ReadsLines, TimePattern? Pattern)
{
    public const string Form = "auto, read-time, or a format as strftime writes it";

    public static TimestampRule Auto { get; } = new(ReadsLines: true, null);

    public static TimestampRule ReadTime { get; } = new(ReadsLines: false, null);

    public static Parsed<TimestampRule> Read(string text)
    {
        switch (text.ToLowerInvariant())
        {
            case "auto":
                return Parsed.Right(Auto);
            case "read-time":
                return Parsed.Right(ReadTime);
        }

        if (!text.Contains('%'))
            return Parsed.Wrong<TimestampRule>($"{Form} is expected");
        return TimePattern.TryParse(text, out var fault) is { } pattern
            ? Parsed.Right(new TimestampRule(ReadsLines: true, pattern))
            : Parsed.Wrong<TimestampRule>($"{Form} is expected: {fault}");
    }

    public override string ToString() => !ReadsLines ? "read-time" : Pattern?.Text ?? "auto";
}
