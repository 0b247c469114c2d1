using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Content;

/// One condition on a value of a JSON text: `$.status in UP,ok,pass`, `$.queue.length &lt; 100`, `$.version exists`.
internal sealed class JsonTest
{
    private const int MaxShownChars = 40;

    // The longer ones first: "not in" holds "in".
    private static readonly string[] Operators = [" not in ", " in ", " exists", "!=", "<=", ">=", "==", "<", ">", "="];

    private readonly JsonPath _path;
    private readonly string _operator;
    private readonly ImmutableArray<string> _values;

    private JsonTest(JsonPath path, string @operator, ImmutableArray<string> values)
    {
        _path = path;
        _operator = @operator;
        _values = values;
    }

    /// A list of tests, all of which have to hold.
    public static Parsed<IReadOnlyList<JsonTest>> ReadAll(string text)
    {
        List<JsonTest> tests = [];
        foreach (var item in ValueForms.List(text))
        {
            var test = Read(item);
            if (!test.IsRight)
                return Parsed.Wrong<IReadOnlyList<JsonTest>>(test.Expected!);

            tests.Add(test.Value);
        }
        return Parsed.Right<IReadOnlyList<JsonTest>>(tests);
    }

    public static Parsed<JsonTest> Read(string text)
    {
        var (at, found) = Operators
            .Select(candidate => (At: text.IndexOf(candidate, StringComparison.Ordinal), Operator: candidate))
            .Where(hit => hit.At > 0)
            .OrderBy(hit => hit.At)
            .FirstOrDefault();
        if (found is null)
            return Wrong("a path, what has to hold (in, not in, =, !=, <, <=, >, >=, exists) and a value are expected");

        var path = JsonPath.Read(text[..at].Trim());
        if (!path.IsRight)
            return Wrong(path.Expected!);

        var rest = text[(at + found.Length)..].Trim();
        var sign = found.Trim() is var bare && bare == "==" ? "=" : found.Trim();
        ImmutableArray<string> values = sign is "in" or "not in"
            ? [.. rest.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]
            : rest.Length > 0 ? [rest] : [];
        if (sign == "exists" ? values.Length > 0 : values.Length == 0)
            return Wrong(sign == "exists" ? "nothing is expected after exists" : $"a value is expected after {sign}");

        if (sign is "<" or "<=" or ">" or ">=" && !TryNumber(values[0], out _))
            return Wrong($"a number is expected after {sign}");

        return Parsed.Right(new JsonTest(path.Value, sign, values));
    }

    /// Null when it holds, else what was seen against what was expected.
    public string? Trouble(ReadOnlySpan<byte> json, bool isCut, string what)
    {
        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: !isCut, default);
            if (!_path.TrySeek(ref reader))
                return $"{_path} is not in {what}";

            return Holds(Value(ref reader)) is { } trouble ? $"{_path} is {trouble}, expected {Expected}" : null;
        }
        // The second for a text that is not UTF-8.
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return $"{what} is not JSON";
        }
    }

    public override string ToString() => $"{_path} {Expected}";

    private string Expected => _operator switch
    {
        "in" => string.Join(" or ", _values),
        "exists" => "anything",
        "=" => _values[0],
        _ => $"{_operator} {string.Join(" or ", _values)}",
    };

    // Null when it holds, else what was seen.
    private string? Holds(string value)
    {
        var holds = _operator switch
        {
            "exists" => true,
            "in" or "=" => _values.Any(candidate => AreEqual(candidate, value)),
            "not in" or "!=" => !_values.Any(candidate => AreEqual(candidate, value)),
            _ => TryNumber(value, out var seen) && TryNumber(_values[0], out var limit) && Compare(seen, limit),
        };
        return holds ? null : Excerpt.Of(value, MaxShownChars);
    }

    // NaN compares with nothing, so it never holds.
    private bool Compare(double seen, double limit) => _operator switch
    {
        "<" => seen < limit,
        "<=" => seen <= limit,
        ">" => seen > limit,
        _ => seen >= limit,
    };

    private static bool AreEqual(string expected, string seen) =>
        expected == seen || (TryNumber(expected, out var left) && TryNumber(seen, out var right) && left.Equals(right));

    private static string Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        _ => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
    };

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static Parsed<JsonTest> Wrong(string expected) => Parsed.Wrong<JsonTest>(expected);
}
