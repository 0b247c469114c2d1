using System.Globalization;
using System.Text.Json;

namespace Demo;

/// Tells what happens, line by line, with the seconds since the start and who says it.
internal sealed class Narrator(TimeProvider clock)
{
    private const int Widest = 190;

    private readonly Lock _lock = new();
    private readonly long _started = clock.GetTimestamp();

    public void Say(string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{clock.GetElapsedTime(_started).TotalSeconds,6:0.0}  {who,-11} {what}");
        lock (_lock)
            Console.WriteLine(line.Length > Widest ? string.Concat(line.AsSpan(0, Widest - 1), "…") : line);
    }

    public void Act(string what)
    {
        lock (_lock)
            Console.WriteLine();
        Say("demo", $"*** {what}");
    }

    public void Print(string text)
    {
        lock (_lock)
            Console.WriteLine(text);
    }

    /// A line of a sidecar's own log: what it says, and how loudly. Whatever else a line is, it is said as it stands.
    public void Relay(string who, string line)
    {
        var (level, message) = ReadLogLine(line);
        var loudness = level.StartsWith("info", StringComparison.OrdinalIgnoreCase) || level.Length == 0 ? "" : level.ToUpperInvariant() + " ";
        Say(who, loudness + (message ?? line));
    }

    private static (string Level, string? Message) ReadLogLine(string line)
    {
        if (!line.StartsWith('{'))
            return ("", null);

        try
        {
            using var entry = JsonDocument.Parse(line);
            return (Text(entry, "level") ?? "", Text(entry, "message"));
        }
        catch (JsonException)
        {
            return ("", null);
        }
    }

    private static string? Text(JsonDocument entry, string property) =>
        entry.RootElement.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
