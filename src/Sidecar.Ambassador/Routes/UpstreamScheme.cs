namespace Sidecar.Ambassador.Routes;

/// <summary>What is spoken with an upstream, as the scheme of its URL says.</summary>
internal enum UpstreamScheme
{
    Redis,
    RedisTls,
    RedisSentinel,
    RedisSentinelTls,
    RedisCluster,
    RedisClusterTls,
    Http,
    Https,
    H2c,
    Tcp,
    Tls,
}
