using System.Globalization;
using System.Text.Json;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Pages;

/// docs/openapi.yaml: what it says of each operation, and whether a body is what it says.
internal sealed class OpenApiDocument
{
    private readonly Yaml _root = Yaml.Documents(File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot(), "docs", "openapi.yaml")))[0];

    public Yaml Root => _root;

    public IEnumerable<(string Method, string Path, Yaml Operation)> Operations =>
        from path in _root["paths"].Entries
        from method in path.Value.Entries
        select (method.Name.ToUpperInvariant(), path.Name, method.Value);

    public IEnumerable<(string Method, string Path, Yaml Operation)> Of(string agent) =>
        Operations.Where(one => one.Operation["x-agents"].Items.Any(name => name.Text == agent));

    public Yaml Response(string method, string path, int status) =>
        Resolve(_root["paths"][path][method.ToLowerInvariant()]["responses"][status.ToString(CultureInfo.InvariantCulture)]);

    /// What stands at a place of the document: "#/components/responses/Up".
    public Yaml At(string reference) =>
        reference.Split('/').Skip(1).Aggregate(_root, (place, name) => place[name.Replace("~1", "/", StringComparison.Ordinal)]);

    public Yaml Resolve(Yaml place) => place["$ref"].IsThere ? At(place["$ref"].Text) : place;

    /// Everything in a body that a schema does not allow.
    public IEnumerable<string> Faults(Yaml schema, JsonElement value, string place = "$")
    {
        schema = Resolve(schema);
        if (schema["anyOf"].Items.ToArray() is { Length: > 0 } ways)
            return ways.Any(way => !Faults(way, value, place).Any()) ? [] : [$"{place} is none of what it may be: {value}"];

        var types = schema["type"].Items.Select(type => type.Text).DefaultIfEmpty(schema["type"].ToString()).ToArray();
        if (!types.Any(type => IsOf(type, value)))
            return [$"{place} is no {string.Join(" or ", types)}: {value}"];

        return value.ValueKind switch
        {
            JsonValueKind.Object => ObjectFaults(schema, value, place),
            JsonValueKind.Array => value.EnumerateArray().SelectMany((item, index) => Faults(schema["items"], item, $"{place}[{index}]")),
            JsonValueKind.String => TextFaults(schema, value.GetString()!, place),
            _ => [],
        };
    }

    private IEnumerable<string> ObjectFaults(Yaml schema, JsonElement value, string place) =>
        schema["required"].Items.Where(name => !value.TryGetProperty(name.Text, out _)).Select(name => $"{place} has no {name}")
            .Concat(value.EnumerateObject()
                .Select(entry => (entry, Schema: schema["properties"][entry.Name] is { IsThere: true } named ? named : schema["additionalProperties"]))
                .Where(one => one.Schema.IsThere)
                .SelectMany(one => Faults(one.Schema, one.entry.Value, $"{place}.{one.entry.Name}")));

    private static IEnumerable<string> TextFaults(Yaml schema, string text, string place)
    {
        var allowed = schema["enum"].Items.Select(one => one.Text).ToArray();
        if (allowed.Length > 0 && !allowed.Contains(text))
            yield return $"{place} is {text}, none of {string.Join(", ", allowed)}";
        if (schema["format"].ToString() == "date-time" && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _))
            yield return $"{place} is no time: {text}";
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new InvalidDataException($"a type of JSON is expected, not '{type}'"),
    };
}
