namespace Sidecar.Hosting.Settings;

/// <summary>The settings of one run, read once. What is wrong with them is in <see cref="Faults"/>, all at once.</summary>
public sealed class BoundSettings
{
    private readonly Dictionary<ISetting, BoundValue> _values = [];
    private readonly Dictionary<NamedKind, List<NamedThing>> _things = [];
    private readonly List<Fault> _faults = [];
    private readonly List<string> _warnings = [];

    internal BoundSettings(SettingsSchema schema) => Schema = schema;

    public SettingsSchema Schema { get; }

    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>What is odd but no fault, for example a stranger's variable under our prefix; one line each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>How many variables under our prefixes nobody understood.</summary>
    public int UnknownVariables { get; internal set; }

    public T Get<T>(Setting<T> setting) => _values.TryGetValue(setting, out var bound) ? (T)bound.Value! : setting.Default;

    public bool IsSet(ISetting setting) => _values.ContainsKey(setting);

    /// <summary>The things of a kind, in the order of their names.</summary>
    public IReadOnlyList<NamedThing> Named(NamedKind kind) => _things.TryGetValue(kind, out var things) ? things : [];

    /// <summary>
    /// Says that something is wrong. The program then ends with 64 before anything is opened. Mask secrets yourself. Of one
    /// variable only the first fault is told: what follows from it helps nobody.
    /// </summary>
    public void Fault(string variable, string? value, string expected, string? example = null)
    {
        if (!IsFaulty(variable))
        {
            _faults.Add(new Fault(variable, value, expected, example));
        }
    }

    /// <summary>True when something is wrong with the variable already.</summary>
    public bool IsFaulty(string variable) => _faults.Any(fault => fault.Variable == variable);

    public void Warn(string warning) => _warnings.Add(warning);

    internal void Set(ISetting setting, BoundValue value) => _values[setting] = value;

    internal BoundValue? Find(ISetting setting) => _values.GetValueOrDefault(setting);

    internal void Add(NamedThing thing)
    {
        if (!_things.TryGetValue(thing.Kind, out var things))
        {
            _things[thing.Kind] = things = [];
        }

        things.Add(thing);
        things.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
    }
}
