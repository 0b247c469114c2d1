namespace Sidecar.Ambassador.Redis.Io;

/// What a socket answers when it has no number of bytes to say.
internal static class SocketResult
{
    public const int Later = -1;
    public const int Lost = -2;
}
