using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// One cluster of three masters for the tests of a class that leave its slots where they are.
public sealed class ThreeMasters : IAsyncLifetime
{
    public RedisCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await RedisCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
