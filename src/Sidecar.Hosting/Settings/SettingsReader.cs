namespace Sidecar.Hosting.Settings;

/// <summary>
/// Reads the environment by the schema. Never throws: every fault of every variable is collected, so that a user mends
/// them all in one go.
/// </summary>
public sealed class SettingsReader
{
    private readonly SettingsSchema _schema;
    private readonly SortedDictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly HashSet<string> _understood = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly BoundSettings _bound;

    private SettingsReader(SettingsSchema schema, IEnumerable<KeyValuePair<string, string>> environment, TimeProvider time)
    {
        _schema = schema;
        _time = time;
        _bound = new BoundSettings(schema);
        foreach (var (name, value) in environment)
        {
            // Helm renders an unset value as "": empty is unset.
            if (value.Length > 0)
            {
                _environment[name] = value;
            }
        }
    }

    /// <param name="isCheck">True for <c>check</c>, which refuses every unknown variable; <c>run</c> refuses near misses only.</param>
    public static BoundSettings Read(SettingsSchema schema, IEnumerable<KeyValuePair<string, string>> environment, bool isCheck, TimeProvider time)
    {
        var reader = new SettingsReader(schema, environment, time);
        reader.ReadPlain();
        foreach (var kind in schema.Kinds)
        {
            new NamedKindReader(kind, schema, reader._environment, reader._understood, reader._bound, reader.ReadValue).Read();
        }

        new UnknownVariables(schema, reader._environment, reader._understood, reader._bound).Judge(isCheck);
        return reader._bound;
    }

    private void ReadPlain()
    {
        foreach (var setting in _schema.Plain)
        {
            var isRead = false;
            foreach (var variable in _schema.VariablesOf(setting))
            {
                var bound = ReadValue(setting, variable);
                if (bound is not null && !isRead)
                {
                    _bound.Set(setting, bound);
                    isRead = true;
                }
            }
        }
    }

    /// <summary>Reads a setting from a variable or, if it is a secret, from the file that the variable's _FILE names.</summary>
    private BoundValue? ReadValue(ISetting setting, string variable)
    {
        if (setting.IsSecret && _environment.TryGetValue(variable + SettingsSchema.FileSuffix, out var path))
        {
            return ReadSecretFile(setting, variable, path);
        }

        if (!_environment.TryGetValue(variable, out var text))
        {
            return ReadFormer(setting, variable);
        }

        _understood.Add(variable);
        var parsed = setting.Read(text);
        var shown = setting is NamedKind kind && kind.IsSecret ? kind.Show(text) : setting.IsSecret ? Secret.Mask : text;
        if (!parsed.IsRight)
        {
            _bound.Fault(variable, shown, parsed.Expected!, setting.Example ?? setting.DefaultText);
            return null;
        }

        return new BoundValue(parsed.Value, shown, variable);
    }

    // A named kind's former variables hold <NAME> where this thing's name stands.
    private BoundValue? ReadFormer(ISetting setting, string variable)
    {
        foreach (var pattern in setting.FormerVariables)
        {
            var former = setting.Kind is { } kind && variable.StartsWith(kind.Prefix + "_", StringComparison.Ordinal)
                ? pattern.Replace("<NAME>", variable[(kind.Prefix.Length + 1)..].Split('_')[0], StringComparison.Ordinal)
                : pattern;
            if (_environment.ContainsKey(former) && ReadValue(setting, former) is { } bound)
            {
                _bound.Warn($"{former}: the variable is now called {variable}; the old name is understood for two minor versions");
                return bound;
            }
        }

        return null;
    }

    private BoundValue? ReadSecretFile(ISetting setting, string variable, string path)
    {
        var fileVariable = variable + SettingsSchema.FileSuffix;
        _understood.Add(fileVariable);
        if (_environment.ContainsKey(variable))
        {
            _understood.Add(variable);
            _bound.Fault(fileVariable, path, $"either this or {variable} is expected, not both");
            return null;
        }

        var secret = Secret.FromFile(path, _time);
        if (!secret.IsRight)
        {
            _bound.Fault(fileVariable, path, secret.Expected!);
            return null;
        }

        if (setting is not NamedKind kind)
        {
            return new BoundValue(secret.Value, Secret.Mask, fileVariable);
        }

        var text = secret.Value.Current;
        return new BoundValue(text, kind.Show(text), fileVariable, secret.Value);
    }
}
