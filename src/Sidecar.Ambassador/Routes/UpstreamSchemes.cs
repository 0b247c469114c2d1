namespace Sidecar.Ambassador.Routes;

/// <summary>How schemes are written, and what each of them means for the rest of the URL.</summary>
internal static class UpstreamSchemes
{
    public const string Srv = "srv+";

    private static readonly (string Text, UpstreamScheme Scheme, int DefaultPort)[] Known =
    [
        ("redis", UpstreamScheme.Redis, 6379),
        ("rediss", UpstreamScheme.RedisTls, 6379),
        ("redis+sentinel", UpstreamScheme.RedisSentinel, 26379),
        ("rediss+sentinel", UpstreamScheme.RedisSentinelTls, 26379),
        ("redis+cluster", UpstreamScheme.RedisCluster, 6379),
        ("rediss+cluster", UpstreamScheme.RedisClusterTls, 6379),
        ("http", UpstreamScheme.Http, 80),
        ("https", UpstreamScheme.Https, 443),
        ("h2c", UpstreamScheme.H2c, 80),
        ("tcp", UpstreamScheme.Tcp, 0),
        ("tls", UpstreamScheme.Tls, 0),
    ];

    public static string All => string.Join(", ", Known.Select(known => known.Text));

    /// <summary>A value with this scheme that is right.</summary>
    public static string Example(UpstreamScheme? scheme) => scheme switch
    {
        null => "http://orders:8080",
        UpstreamScheme.RedisSentinel or UpstreamScheme.RedisSentinelTls => $"{scheme.Value.Text()}://a:26379,b:26379,c:26379/mymaster",
        UpstreamScheme.RedisCluster or UpstreamScheme.RedisClusterTls => $"{scheme.Value.Text()}://a:6379,b:6379,c:6379",
        UpstreamScheme.Redis or UpstreamScheme.RedisTls => $"{scheme.Value.Text()}://cache:6379",
        UpstreamScheme.Tcp or UpstreamScheme.Tls => $"{scheme.Value.Text()}://db:5432",
        _ => $"{scheme.Value.Text()}://orders:8080",
    };

    public static UpstreamScheme? Find(ReadOnlySpan<char> text)
    {
        foreach (var known in Known)
        {
            if (text.Equals(known.Text, StringComparison.OrdinalIgnoreCase)) return known.Scheme;
        }

        return null;
    }

    public static string Text(this UpstreamScheme scheme) => Array.Find(Known, known => known.Scheme == scheme).Text;

    /// <summary>The port of a host that names none; 0 when it has to name one.</summary>
    public static int DefaultPort(this UpstreamScheme scheme) => Array.Find(Known, known => known.Scheme == scheme).DefaultPort;

    public static bool IsRedis(this UpstreamScheme scheme) => scheme <= UpstreamScheme.RedisClusterTls;

    public static bool IsSentinel(this UpstreamScheme scheme) =>
        scheme is UpstreamScheme.RedisSentinel or UpstreamScheme.RedisSentinelTls;

    public static bool IsCluster(this UpstreamScheme scheme) =>
        scheme is UpstreamScheme.RedisCluster or UpstreamScheme.RedisClusterTls;

    public static bool IsHttp(this UpstreamScheme scheme) =>
        scheme is UpstreamScheme.Http or UpstreamScheme.Https or UpstreamScheme.H2c;

    public static bool IsTls(this UpstreamScheme scheme) => scheme is UpstreamScheme.RedisTls or UpstreamScheme.RedisSentinelTls
        or UpstreamScheme.RedisClusterTls or UpstreamScheme.Https or UpstreamScheme.Tls;
}
