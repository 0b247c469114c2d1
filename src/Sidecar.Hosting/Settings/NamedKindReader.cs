namespace Sidecar.Hosting.Settings;

/// <summary>Reads the things of one kind: finds the names, then each thing's own settings and those given once for all.</summary>
internal sealed class NamedKindReader(
    NamedKind kind,
    SettingsSchema schema,
    SortedDictionary<string, string> environment,
    HashSet<string> understood,
    BoundSettings bound,
    Func<ISetting, string, BoundValue?> readValue)
{
    private readonly Dictionary<ISetting, BoundValue> _shared = [];

    public void Read()
    {
        foreach (var setting in kind.Settings.Where(setting => setting.SharedVariable is not null))
        {
            // A plain setting of the same name has read it already and named its fault.
            var isPlain = schema.Plain.Any(plain => plain.Variable == setting.SharedVariable);
            var faults = bound.Faults.Count;
            if (!(isPlain && bound.IsFaulty(setting.SharedVariable!)) && readValue(setting, setting.SharedVariable!) is { } value && bound.Faults.Count == faults)
            {
                _shared[setting] = value;
            }
        }

        var variables = environment.Keys.Where(variable => variable.StartsWith(kind.Prefix + "_", StringComparison.Ordinal) && !understood.Contains(variable)).ToArray();
        foreach (var name in variables.Select(NameIn).Where(name => name is not null).Distinct(StringComparer.Ordinal))
        {
            ReadThing(name!, variables);
        }
    }

    // The name if this is a base variable (or a secret one's _FILE); null if it is a setting, or no name at all.
    private string? NameIn(string variable)
    {
        var rest = variable[(kind.Prefix.Length + 1)..];
        var name = kind.IsSecret && rest.EndsWith(SettingsSchema.FileSuffix, StringComparison.Ordinal) ? rest[..^SettingsSchema.FileSuffix.Length] : rest;
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)))
        {
            return null;
        }

        if (IsStranger(variable))
        {
            return null;
        }

        if (kind.Reserved.Contains(name))
        {
            understood.Add(variable);
            bound.Fault(variable, Mask(environment[variable]), $"the name {name} is reserved ({string.Join(", ", kind.Reserved)}); another name is expected");
            return null;
        }

        return name;
    }

    private void ReadThing(string name, IEnumerable<string> variables)
    {
        var variable = $"{kind.Prefix}_{name}";
        var given = readValue(kind, variable);
        var values = new Dictionary<ISetting, BoundValue>(_shared);
        var protocol = given is null ? null : kind.ProtocolOf((string)given.Value!);
        foreach (var setting in kind.Settings)
        {
            var applies = setting.AppliesTo.Count == 0 || string.IsNullOrEmpty(protocol) || setting.AppliesTo.Contains(protocol);
            if (setting != Meant(setting, protocol))
            {
                values.Remove(setting);
                continue;
            }

            var own = readValue(setting, $"{variable}_{kind.NameOf(setting)}");
            if (own is not null && !applies)
            {
                bound.Fault(own.Source!, own.Shown, $"this setting applies to {string.Join(", ", Namesakes(setting).SelectMany(one => one.AppliesTo).Distinct())} only, and {variable} is {protocol}");
            }

            if (own is not null)
            {
                values[setting] = own;
            }
            else if (!applies)
            {
                values.Remove(setting);
            }
        }

        foreach (var unknown in variables.Where(v => v.StartsWith(variable + "_", StringComparison.Ordinal) && !understood.Contains(v) && !IsStranger(v)))
        {
            understood.Add(unknown);
            var known = kind.Settings.SelectMany(setting => Names(variable, setting));
            var nearest = NearestName.Of(unknown, known);
            UnknownVariables.Report(bound, unknown, "no such setting" + UnknownVariables.Proposal(nearest), isFault: bound.Get(SharedSettings.Strict) != Strictness.False);
        }

        if (given is not null)
        {
            bound.Add(new NamedThing(kind, name, given, values));
        }
    }

    // One name may mean one thing for one protocol and another for the next: only the setting that is meant reads the value.
    private ISetting Meant(ISetting setting, string? protocol) =>
        Namesakes(setting).FirstOrDefault(one => protocol is not null && one.AppliesTo.Contains(protocol)) ?? Namesakes(setting).First();

    private IEnumerable<ISetting> Namesakes(ISetting setting) => kind.Settings.Where(other => other.Variable == setting.Variable);

    private IEnumerable<string> Names(string variable, ISetting setting)
    {
        var name = $"{variable}_{kind.NameOf(setting)}";
        return setting.IsSecret ? [name, name + SettingsSchema.FileSuffix] : [name];
    }

    // Under a named thing a service link is believed only if the service's host is there too.
    private bool IsStranger(string variable) =>
        ServiceLinks.ServiceOf(variable, environment[variable]) is { } service && environment.ContainsKey(service + "_SERVICE_HOST");

    private string Mask(string value) => kind.IsSecret ? kind.Show(value) : value;
}
