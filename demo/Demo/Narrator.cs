using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

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

    /// A line of a sidecar's own log: what it says, and how loudly.
    public void Relay(string who, string line)
    {
        if (ParseLogLine(line) is not { } entry)
        {
            Say(who, line);
            return;
        }

        var level = entry["level"]?.ToString() ?? "";
        var loudness = level.StartsWith("info", StringComparison.OrdinalIgnoreCase) ? "" : level.ToUpperInvariant() + " ";
        Say(who, loudness + (entry["message"]?.ToString() ?? line));
    }

    private static JsonObject? ParseLogLine(string line)
    {
        if (!line.StartsWith('{'))
            return null;

        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
