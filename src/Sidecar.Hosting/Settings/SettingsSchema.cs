namespace Sidecar.Hosting.Settings;

/// <summary>
/// Every variable an agent understands. The single source for binding, validation, <c>settings</c>, docs/configuration.md
/// and the effective settings at start.
/// </summary>
public sealed class SettingsSchema
{
    private readonly List<ISetting> _plain = [];
    private readonly List<NamedKind> _kinds = [];
    private readonly Queue<Func<IEnumerable<ISetting>>> _added = [];

    /// <param name="agent">The agent's short name: logs, ambassador or adapter.</param>
    public SettingsSchema(string agent)
    {
        Agent = agent;
        Prefix = agent.ToUpperInvariant() + "_";
        Add(SharedSettings.All);
    }

    public string Agent { get; }

    /// <summary>The agent's own prefix, for example LOGS_.</summary>
    public string Prefix { get; }

    /// <summary>Settings of the agent itself, in the order in which they were added.</summary>
    public IReadOnlyList<ISetting> Plain => Whole()._plain;

    public IReadOnlyList<NamedKind> Kinds => Whole()._kinds;

    public void Add(IEnumerable<ISetting> settings) => Add(() => settings);

    /// <summary>Settings that are made when they are needed first, which a command that only asks the running agent never comes to.</summary>
    public void Add(Func<IEnumerable<ISetting>> settings) => _added.Enqueue(settings);

    private SettingsSchema Whole()
    {
        while (_added.TryDequeue(out var settings))
        {
            Take(settings());
        }

        return this;
    }

    private void Take(IEnumerable<ISetting> settings)
    {
        foreach (var setting in settings)
        {
            if (setting is NamedKind kind)
            {
                _kinds.Add(kind);
            }
            else if (setting.Kind is null)
            {
                _plain.Add(setting);
            }
            else if (!_kinds.Contains(setting.Kind))
            {
                _kinds.Add(setting.Kind);
            }
        }
    }

    /// <summary>The variables that set a plain setting, the winning one first: SIDECAR_X may also be given as LOGS_X.</summary>
    internal IEnumerable<string> VariablesOf(ISetting setting)
    {
        if (setting.Variable.StartsWith(SharedSettings.Prefix, StringComparison.Ordinal))
        {
            yield return Prefix + setting.Variable[SharedSettings.Prefix.Length..];
        }

        yield return setting.Variable;
    }

    /// <summary>True for variables whose names we own, so that an unknown one is worth a word.</summary>
    internal bool Owns(string variable) =>
        variable.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || variable.StartsWith(SharedSettings.Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Every name that is understood outside named things, with the _FILE forms of secrets.</summary>
    internal IEnumerable<string> KnownNames()
    {
        foreach (var setting in Plain)
        {
            foreach (var variable in VariablesOf(setting))
            {
                yield return variable;
                if (setting.IsSecret)
                {
                    yield return variable + FileSuffix;
                }
            }
        }

        foreach (var shared in Kinds.SelectMany(kind => kind.Settings).Where(setting => setting.SharedVariable is not null))
        {
            yield return shared.SharedVariable!;
        }
    }

    internal const string FileSuffix = "_FILE";
}
