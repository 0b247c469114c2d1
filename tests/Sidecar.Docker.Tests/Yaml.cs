using YamlDotNet.Serialization;

namespace Sidecar.Docker.Tests;

/// What stands in a YAML file, by names and numbers. A place that is not there is one that holds nothing.
internal readonly struct Yaml(object? value)
{
    public static IReadOnlyList<Yaml> Documents(string text)
    {
        var reader = new DeserializerBuilder().Build();
        var parser = new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(text)));
        List<Yaml> documents = [];
        YamlDotNet.Core.ParserExtensions.Consume<YamlDotNet.Core.Events.StreamStart>(parser);
        while (YamlDotNet.Core.ParserExtensions.Accept<YamlDotNet.Core.Events.DocumentStart>(parser, out _))
            documents.Add(new Yaml(reader.Deserialize(parser)));
        return documents;
    }

    public Yaml this[string name] => value is Dictionary<object, object> map && map.TryGetValue(name, out var found) ? new Yaml(found) : default;

    public bool IsThere => value is not null;

    public string Text => value as string ?? throw new InvalidDataException($"a text was expected, not {value ?? "nothing"}");

    public IEnumerable<Yaml> Items => value is List<object> list ? list.Select(one => new Yaml(one)) : [];

    public IEnumerable<(string Name, Yaml Value)> Entries =>
        value is Dictionary<object, object> map ? map.Select(entry => ((string)entry.Key, new Yaml(entry.Value))) : [];

    public override string ToString() => value as string ?? "";
}
