namespace Sidecar.Ambassador.Redis;

/// A command that a client's own connection has to hear again when it is made anew.
internal sealed record SetUp(SetUpKind Kind, byte[] Frame);
