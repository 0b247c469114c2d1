using System.Collections.Immutable;
using System.Text.Json;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Commands;

/// Reads a command as a user writes it: a JSON array, or words split at blanks. There is no shell, so quotes in words would
/// not mean what they look like, and are refused.
internal static class CommandWords
{
    public static Parsed<ImmutableArray<string>> Read(string text)
    {
        if (text.StartsWith('['))
            return ReadArray(text);

        if (text.AsSpan().IndexOfAny('"', '\'', '\\') >= 0)
            return Wrong("words without quotes are expected, or a JSON array: exec:[\"/bin/sh\",\"-c\",\"test -e /tmp/up\"]");

        ImmutableArray<string> words = [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
        return words.Length > 0 ? Parsed.Right(words) : Wrong("a command is expected");
    }

    private static Parsed<ImmutableArray<string>> ReadArray(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var items = json.RootElement.EnumerateArray().ToArray();
            var areWords = items.Length > 0 && items.All(item => item.ValueKind == JsonValueKind.String && !item.GetString()!.Contains('\0', StringComparison.Ordinal));
            return areWords && items[0].GetString()!.Length > 0
                ? Parsed.Right<ImmutableArray<string>>([.. items.Select(item => item.GetString()!)])
                : Wrong("a JSON array of texts is expected, the command first");
        }
        catch (JsonException)
        {
            return Wrong("a JSON array of texts is expected, the command first");
        }
    }

    private static Parsed<ImmutableArray<string>> Wrong(string expected) => Parsed.Wrong<ImmutableArray<string>>(expected);
}
