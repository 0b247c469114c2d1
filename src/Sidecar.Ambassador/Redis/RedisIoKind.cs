namespace Sidecar.Ambassador.Redis;

/// What waits for the sockets: epoll where there is one.
internal enum RedisIoKind
{
    Auto,
    Epoll,
    Sockets,
}
