namespace Sidecar.Ambassador.Redis.Commands;

/// What a command means for the connection it is sent on.
internal enum CommandKind : byte
{
    /// Leaves nothing behind on its connection: may share one.
    Ordinary,

    /// Changes its connection in a way that we do not follow, or is not known to us.
    Pinned,

    /// From here on the server speaks when it likes, or not at all: bytes are passed on as they come.
    Tunnel,

    /// Begins or ends subscriptions: messages come between the replies, and some replies in parts.
    Subscribe,

    /// May wait for as long as it likes.
    Blocking,

    /// Blocking when it has the word BLOCK.
    MaybeBlocking,

    /// Waits for replicas to have what this client wrote before.
    Wait,

    Multi,
    Exec,
    Discard,
    Watch,
    Unwatch,
    Select,
    Auth,
    Hello,
    Reset,
    Quit,

    /// The second word decides.
    Client,
    Script,

    /// May be repeated or not as its options say.
    Set,
    Expire,
}
