namespace Sidecar.Ambassador.Redis;

/// A server that can be reached does not let us in; the message says why, in words that may be shown.
internal sealed class ServerRefusal(string reason) : IOException(reason);
