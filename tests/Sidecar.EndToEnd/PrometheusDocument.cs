using System.Globalization;
using System.Text.RegularExpressions;

namespace Sidecar.EndToEnd;

/// Reads the Prometheus text format strictly, as a scraper does: a line that is not understood is an error.
internal static partial class PrometheusDocument
{
    public static IReadOnlyList<(string Name, string Labels, double Value)> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        var samples = new List<(string, string, double)>();
        foreach (var line in text.Split('\n')[..^1])
        {
            if (Comment().Match(line) is { Success: true } comment)
            {
                if (comment.Groups["kind"].Value == "TYPE")
                    Assert.True(types.TryAdd(comment.Groups["name"].Value, comment.Groups["rest"].Value), $"a second TYPE: {line}");
                continue;
            }

            var sample = Sample().Match(line);
            Assert.True(sample.Success, $"not a sample: {line}");
            var name = sample.Groups["name"].Value;
            Assert.True(types.ContainsKey(Family(name, types)), $"no TYPE before {line}");
            samples.Add((name, sample.Groups["labels"].Value, Number(sample.Groups["value"].Value)));
        }

        Assert.Equal(samples.Count, samples.DistinctBy(sample => (sample.Item1, sample.Item2)).Count());
        return samples;
    }

    // The samples of a histogram stand under the name of its family.
    private static string Family(string name, Dictionary<string, string> types)
    {
        foreach (var suffix in (string[])["_bucket", "_sum", "_count"])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && types.GetValueOrDefault(name[..^suffix.Length]) is "histogram" or "summary")
                return name[..^suffix.Length];
        }
        return name;
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("^# (?<kind>HELP|TYPE|UNIT) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<rest>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Comment();

    [GeneratedRegex(
        """^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["\\n])*",?)*\})? (?<value>[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN)( \d+)?$""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();
}
