namespace Sidecar.Ambassador.Redis.PubSub;

/// What the server says on a connection that may hear of more than its own commands.
internal enum Utterance
{
    /// Answers the oldest command without a reply.
    Reply,

    /// A message, or another word of the server's own.
    Aside,

    /// Answers the oldest command for one of the names in it.
    Confirmation,
}
