using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Logs.Destination;

/// The connections to CloudWatch.
internal static class CloudWatchHttp
{
    /// Redirects are not followed: a signature holds for one host. Time-outs are the caller's, one for each try.
    public static HttpClient Connect(CloudWatchOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // HTTPS_PROXY and NO_PROXY, as the runtime reads them. A clear-text endpoint is a stand-in beside us.
            UseProxy = options.Endpoint is null || options.Endpoint.Scheme == Uri.UriSchemeHttps,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // So that a change of DNS is followed, and before the service or a NAT drops an idle connection silently.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
        if (options.CaBundle is { } path)
            handler.SslOptions.CertificateChainPolicy = Trust(path);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// Throws CryptographicException or IOException when the file is no PEM with certificates.
    public static X509ChainPolicy Trust(string path)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(path);
        return policy;
    }
}
