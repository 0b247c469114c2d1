using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Logs.Destination;

/// The connections to CloudWatch and to STS.
internal static class AwsHttp
{
    private const int TcpLevel = 6;
    private const int UnsentLimit = 25;

    /// What the kernel may hold of a body that is not on its way yet. It would take all of one at once, and how slow the line is
    /// would not show.
    private const int MaxUnsentBytes = 64 * 1024;

    /// Redirects are not followed: a signature holds for one host. Time-outs are the caller's, one for each try.
    public static HttpClient Connect(Uri? endpoint, string? caBundle)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // HTTPS_PROXY and NO_PROXY, as the runtime reads them. A clear-text endpoint is a stand-in beside us.
            UseProxy = endpoint is null || endpoint.Scheme == Uri.UriSchemeHttps,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // So that a change of DNS is followed, and before the service or a NAT drops an idle connection silently.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = ConnectAsync,
        };
        if (caBundle is { } path)
            handler.SslOptions.CertificateChainPolicy = Trust(path);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            Span<byte> limit = stackalloc byte[sizeof(int)];
            BitConverter.TryWriteBytes(limit, MaxUnsentBytes);
            socket.SetRawSocketOption(TcpLevel, UnsentLimit, limit);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
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
