using Sidecar.Ambassador.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

public sealed class EpollListenerTests : RedisListenerTests
{
    private protected override RedisOptions Options { get; } = new() { Io = RedisIoKind.Epoll };
}
