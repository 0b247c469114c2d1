namespace Sidecar.Hosting.Settings;

/// <summary>One named thing, such as a probe or a route, with its settings.</summary>
public sealed class NamedThing
{
    private readonly IReadOnlyDictionary<ISetting, BoundValue> _values;

    internal NamedThing(NamedKind kind, string name, BoundValue given, IReadOnlyDictionary<ISetting, BoundValue> values)
    {
        Kind = kind;
        Name = name.ToLowerInvariant();
        Given = given;
        _values = values;
    }

    public NamedKind Kind { get; }

    /// <summary>The name, lower case.</summary>
    public string Name { get; }

    /// <summary>The base variable, for example ADAPTER_PROBE_WORKER.</summary>
    public string Variable => $"{Kind.Prefix}_{Name.ToUpperInvariant()}";

    /// <summary>The base variable's value, credentials included.</summary>
    public string Value => (string)Given.Value!;

    /// <summary>The base variable's value now: of one given as a file, the file's present content.</summary>
    public string Current => Given.File?.Current ?? Value;

    /// <summary>The base variable's value as it may be shown.</summary>
    public string Shown => Given.Shown!;

    internal BoundValue Given { get; }

    internal IReadOnlyDictionary<ISetting, BoundValue> Values => _values;

    /// <summary>The thing's own value, else the one given once for all things of the kind, else the default.</summary>
    public T Get<T>(Setting<T> setting) => _values.TryGetValue(setting, out var bound) ? (T)bound.Value! : setting.Default;

    /// <summary>The value as it was given and may be shown; null when it was not.</summary>
    public string? ShownOf(ISetting setting) => _values.TryGetValue(setting, out var bound) ? bound.Shown : null;

    /// <summary>True when the value was given, for this thing or for all of its kind.</summary>
    public bool IsSet(ISetting setting) => _values.ContainsKey(setting);

    /// <summary>The variable that sets this thing's own value, for example ADAPTER_PROBE_WORKER_INTERVAL.</summary>
    public string VariableOf(ISetting setting) => $"{Variable}_{Kind.NameOf(setting)}";
}
