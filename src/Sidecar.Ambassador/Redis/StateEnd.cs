namespace Sidecar.Ambassador.Redis;

/// A command that ends a state of its client's connection, which only its reply can tell: until then the client stays where it is.
/// Number: how often such a state had begun when it was sent; one that began later is not ended by it.
internal sealed record StateEnd(ClientState States, int Number, bool EvenByError);
