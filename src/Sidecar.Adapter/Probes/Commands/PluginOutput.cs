using System.Collections.Immutable;
using System.Globalization;

namespace Sidecar.Adapter.Probes.Commands;

/// What a monitoring plugin printed: a line of text, then after | its performance data, 'label'=value[unit];warn;crit;min;max.
internal sealed record PluginOutput(string Text, ImmutableArray<Measure> Measures)
{
    private const int MaxMeasures = 20;
    private const int MaxTextChars = 120;

    public static PluginOutput Read(string output)
    {
        var line = output.Split('\n', 2)[0].Trim();
        var bar = line.IndexOf('|', StringComparison.Ordinal);
        var text = bar < 0 ? line : line[..bar].Trim();
        return new PluginOutput(Excerpt.Of(text, MaxTextChars), bar < 0 ? [] : [.. Data(line[(bar + 1)..]).Take(MaxMeasures)]);
    }

    private static IEnumerable<Measure> Data(string data)
    {
        for (var rest = data.Trim(); rest.Length > 0;)
        {
            // A label in single quotes may hold blanks.
            var labelEnd = rest[0] == '\'' ? rest.IndexOf('\'', 1) + 1 : 0;
            var equals = rest.IndexOf('=', labelEnd);
            if (equals < 1)
                yield break;

            var end = rest.IndexOf(' ', equals);
            var value = rest[(equals + 1)..(end < 0 ? rest.Length : end)].Split(';')[0];
            if (Number(value) is { } number)
                yield return new Measure(rest[..equals].Trim('\''), number);
            rest = end < 0 ? "" : rest[end..].Trim();
        }
    }

    // In base units: seconds and bytes. "U" means that the plugin could not tell.
    private static double? Number(string text)
    {
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%");
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return null;

        return number * text[digits.Length..] switch
        {
            "ms" => 1e-3,
            "us" => 1e-6,
            "KB" => 1024d,
            "MB" => 1024d * 1024,
            "GB" => 1024d * 1024 * 1024,
            "TB" => 1024d * 1024 * 1024 * 1024,
            _ => 1,
        };
    }
}
