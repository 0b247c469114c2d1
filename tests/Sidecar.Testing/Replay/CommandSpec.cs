namespace Sidecar.Testing.Replay;

/// A command or subcommand of a server: its name as the server writes it ("client|list"), and what it takes.
internal sealed record CommandSpec(string Name, string Group, IReadOnlyList<ArgumentSpec> Arguments)
{
    public IReadOnlyList<string> Words { get; } = Name.Split('|');
}
