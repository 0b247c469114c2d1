using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Content;

/// Leads to one value of a JSON text: $.status, $.components.db.status, $.checks[0].state, $['a name'].
internal sealed class JsonPath
{
    private readonly ImmutableArray<JsonStep> _steps;
    private readonly string _text;

    private JsonPath(ImmutableArray<JsonStep> steps, string text)
    {
        _steps = steps;
        _text = text;
    }

    public static Parsed<JsonPath> Read(string text)
    {
        var wrong = Parsed.Wrong<JsonPath>("a path into JSON is expected, such as $.status or $.checks[0].state");
        if (!text.StartsWith('$'))
            return wrong;

        var steps = ImmutableArray.CreateBuilder<JsonStep>();
        for (var rest = text.AsSpan(1); rest.Length > 0;)
        {
            if (!TryTake(ref rest, out var step))
                return wrong;

            steps.Add(step);
        }
        return Parsed.Right(new JsonPath(steps.ToImmutable(), text));
    }

    /// Moves to the value's first token; false when there is none. Reads no further than it has to, so that a huge text costs
    /// only what stands before the value. Throws JsonException for what is no JSON.
    public bool TrySeek(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;

        foreach (var step in _steps)
        {
            if (!(step.Name is { } name ? TryEnter(ref reader, name) : TryEnter(ref reader, step.Index)))
                return false;
        }
        return true;
    }

    public override string ToString() => _text;

    private static bool TryEnter(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            if (!reader.Read())
                return false;

            if (isIt)
                return true;

            if (!reader.TrySkip())
                return false;
        }
        return false;
    }

    private static bool TryEnter(ref Utf8JsonReader reader, int index)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;

        for (var at = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; at++)
        {
            if (at == index)
                return true;

            if (!reader.TrySkip())
                return false;
        }
        return false;
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, out JsonStep step)
    {
        step = default;
        if (rest[0] == '.')
        {
            var end = rest[1..].IndexOfAny('.', '[');
            var name = end < 0 ? rest[1..] : rest.Slice(1, end);
            step = new JsonStep(name.ToString(), 0);
            rest = rest[(1 + name.Length)..];
            return name.Length > 0;
        }

        var close = rest.IndexOf(']');
        if (rest[0] != '[' || close < 2)
            return false;

        var inside = rest[1..close];
        rest = rest[(close + 1)..];
        if (inside.Length > 2 && inside[0] is '\'' or '"' && inside[^1] == inside[0])
        {
            step = new JsonStep(inside[1..^1].ToString(), 0);
            return true;
        }
        var isIndex = int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
        step = new JsonStep(null, index);
        return isIndex;
    }
}
