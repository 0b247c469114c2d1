namespace Sidecar.Testing.Replay;

/// Every command and subcommand that a server says it has.
internal static class CommandDocs
{
    public static IReadOnlyList<CommandSpec> Read(ReplayControl server)
    {
        var specs = new List<CommandSpec>();
        AddAll(Pairs(server.Call("COMMAND", "DOCS")), specs);
        // Containers have subcommands and can't be called alone; what COMMAND DOCS leaves out has no arguments that we know of.
        specs.RemoveAll(spec => specs.Exists(other => other.Name.StartsWith(spec.Name + "|", StringComparison.Ordinal)) && spec.Arguments.Count == 0 && spec.Name != "command");
        return [.. specs.OrderBy(spec => spec.Name, StringComparer.Ordinal)];
    }

    private static void AddAll(IEnumerable<(string Name, ReplyTree Value)> commands, List<CommandSpec> specs)
    {
        foreach (var (name, value) in commands)
        {
            var doc = Pairs(value).ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
            specs.Add(new CommandSpec(name, doc["group"].Text, ArgumentsOf(doc)));
            if (doc.TryGetValue("subcommands", out var subcommands))
                AddAll(Pairs(subcommands), specs);
        }
    }

    private static IReadOnlyList<ArgumentSpec> ArgumentsOf(Dictionary<string, ReplyTree> doc) =>
        doc.TryGetValue("arguments", out var arguments) ? [.. arguments.Items.Select(ArgumentOf)] : [];

    private static ArgumentSpec ArgumentOf(ReplyTree argument)
    {
        var doc = Pairs(argument).ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        string[] flags = doc.TryGetValue("flags", out var said) ? [.. said.Items.Select(flag => flag.Text)] : [];
        return new ArgumentSpec(
            doc["name"].Text, doc["type"].Text, doc.TryGetValue("token", out var token) ? token.Text : null,
            flags.Contains("optional"), flags.Contains("multiple") || flags.Contains("multiple_token"), flags.Contains("multiple_token"), ArgumentsOf(doc));
    }

    private static IEnumerable<(string Name, ReplyTree Value)> Pairs(ReplyTree flat)
    {
        for (int i = 0; i < flat.Items.Count; i += 2)
            yield return (flat.Items[i].Text, flat.Items[i + 1]);
    }
}
