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
    public static readonly byte[] NotInCluster = "-ERR the ambassador does not serve this command in a cluster yet\r\n"u8.ToArray();

    public static byte[] NoUpstream(string reason) =>
        Encoding.UTF8.GetBytes($"-ERR no upstream ({reason.ReplaceLineEndings(" ")}); the command was not executed\r\n");
}
