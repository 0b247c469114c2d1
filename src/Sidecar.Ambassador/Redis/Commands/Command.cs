namespace Sidecar.Ambassador.Redis.Commands;

/// What we know of a command. Replayable: executed twice it leaves the same data and gives the same reply as executed once.
internal readonly record struct Command(CommandKind Kind, bool IsReplayable);
