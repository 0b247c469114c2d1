namespace Sidecar.Hosting.Settings;

/// <summary>
/// Judges the variables under our prefixes that nobody understood. <c>check</c> refuses each; <c>run</c> refuses slips of the
/// pen and warns of the rest, so that a rollback or a stranger's variable is no crash loop.
/// </summary>
internal sealed class UnknownVariables(SettingsSchema schema, SortedDictionary<string, string> environment, HashSet<string> understood, BoundSettings bound)
{
    public static string Proposal((string Name, int Distance)? nearest) => nearest is { } near ? $"; did you mean {near.Name}?" : "";

    public static void Report(BoundSettings bound, string variable, string text, bool isFault)
    {
        if (isFault)
        {
            bound.Fault(variable, null, text);
        }
        else
        {
            bound.UnknownVariables++;
            bound.Warn($"{variable}: {text}");
        }
    }

    public void Judge(bool isCheck)
    {
        var known = schema.KnownNames().ToArray();
        var strictness = bound.Get(SharedSettings.Strict);
        var links = new List<string>();
        foreach (var variable in environment.Keys.Where(variable => schema.Owns(variable) && !understood.Contains(variable)))
        {
            var kind = schema.Kinds.FirstOrDefault(kind => variable.StartsWith(kind.Prefix + "_", StringComparison.Ordinal));
            var service = ServiceLinks.ServiceOf(variable, environment[variable]);
            if (service is not null && (kind is null || environment.ContainsKey(service + "_SERVICE_HOST")))
            {
                links.Add(variable);
                continue;
            }

            var (text, isNear) = kind is null ? Stranger(variable, known) : UnderKind(kind, variable);
            var isFault = strictness switch
            {
                Strictness.True => true,
                Strictness.False => false,
                _ => isCheck || isNear,
            };
            Report(bound, variable, text, isFault);
        }

        if (links.Count > 0)
        {
            bound.Warn($"{links[0]}{(links.Count > 1 ? $" and {links.Count - 1} more" : "")}: a service link that Kubernetes injects, ignored (enableServiceLinks: false in the pod keeps them away)");
        }
    }

    private (string Text, bool IsNear) Stranger(string variable, string[] known)
    {
        var upper = variable.ToUpperInvariant();
        if (known.Contains(upper) || (upper != variable && schema.Kinds.Any(kind => upper.StartsWith(kind.Prefix + "_", StringComparison.Ordinal))))
        {
            return ($"no such variable; did you mean {upper}?", true);
        }

        var nearest = NearestName.Of(upper, known.Concat(schema.Kinds.Select(kind => kind.Prefix)));
        return ("no such variable" + Proposal(nearest), nearest is { Distance: <= NearestName.NearMiss });
    }

    // A setting without its base variable, or a name with an underscore in it.
    private static (string Text, bool IsNear) UnderKind(NamedKind kind, string variable)
    {
        var rest = variable[(kind.Prefix.Length + 1)..];
        var split = rest.IndexOf('_', StringComparison.Ordinal);
        var (name, setting) = split < 0 ? (rest, "") : (rest[..split], rest[(split + 1)..]);
        var file = setting.EndsWith(SettingsSchema.FileSuffix, StringComparison.Ordinal) ? setting[..^SettingsSchema.FileSuffix.Length] : setting;
        if (name.Length == 0)
            return ($"a name of capital letters and digits is expected: {kind.Variable}, for example {kind.Prefix}_MAIN={kind.Example}", true);

        if (kind.Settings.Any(known => kind.NameOf(known) == setting || (known.IsSecret && kind.NameOf(known) == file)))
        {
            return ($"a setting without its base variable; {kind.Prefix}_{name} is expected, for example {kind.Prefix}_{name}={kind.Example}", true);
        }

        var joined = string.Concat(rest.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return ($"a name has no underscore and no lower case: {joined}, so {kind.Prefix}_{joined} is expected (and there is no {kind.Prefix}_{name} for a setting {setting})", true);
    }
}
