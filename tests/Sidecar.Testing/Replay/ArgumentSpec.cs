namespace Sidecar.Testing.Replay;

/// One argument of a command, as COMMAND DOCS tells it.
internal sealed record ArgumentSpec(
    string Name, string Type, string? Token, bool IsOptional, bool IsMultiple, bool RepeatsToken, IReadOnlyList<ArgumentSpec> Items);
