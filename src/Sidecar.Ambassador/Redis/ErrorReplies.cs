using System.Text;

namespace Sidecar.Ambassador.Redis;

/// What the ambassador says to clients in its own name, in Redis's form.
internal static class ErrorReplies
{
    public static readonly byte[] Ok = "+OK\r\n"u8.ToArray();
    public static readonly byte[] Reset = "+RESET\r\n"u8.ToArray();
    public static readonly byte[] WrongPassword = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"u8.ToArray();
    public static readonly byte[] FateUnknown =
        "-ERR upstream connection lost before the reply; the command may or may not have been executed\r\n"u8.ToArray();
    public static readonly byte[] QueueFull = "-ERR no upstream, and too much is waiting for one already; the command was not executed\r\n"u8.ToArray();

    public static readonly byte[] MovedWhileSent =
        "-ERR the slot moved to another node while a large command was sent; the command was not executed\r\n"u8.ToArray();
    public static readonly byte[] OtherNode =
        "-ERR the ambassador subscribes on one node for each connection: use another connection for a slot of another node\r\n"u8.ToArray();
    public static readonly byte[] NoTracking =
        "-ERR the ambassador can't let you track keys of several nodes: a change on the others would not be told\r\n"u8.ToArray();
    public static readonly byte[] WatchInside = "-ERR WATCH inside MULTI is not allowed\r\n"u8.ToArray();
    public static readonly byte[] CrossSlot = "-CROSSSLOT Keys in request don't hash to the same slot\r\n"u8.ToArray();
    public static readonly byte[] Aborted = "-EXECABORT Transaction discarded because of previous errors.\r\n"u8.ToArray();
    public static readonly byte[] NoScript = "-NOSCRIPT No matching script. Please use EVAL.\r\n"u8.ToArray();
    public static readonly byte[] Queued = "+QUEUED\r\n"u8.ToArray();
    public static readonly byte[] NullArray = "*-1\r\n"u8.ToArray();
    public static readonly byte[] Null = "_\r\n"u8.ToArray();

    public static byte[] OnlySubscribed(string command) => Encoding.Latin1.GetBytes(
        $"-ERR Can't execute '{command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n");

    public static byte[] NoUpstream(string reason) =>
        Encoding.UTF8.GetBytes($"-ERR no upstream ({reason.ReplaceLineEndings(" ")}); the command was not executed\r\n");
}
