using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sidecar.Ambassador.Http.Retries;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// The pooled connections of one HTTP route, a pool for each endpoint. Requests name the endpoint's address and carry the
/// endpoint itself, so nothing here resolves a name.
/// </summary>
internal sealed class UpstreamConnections : IDisposable
{
    public static readonly HttpRequestOptionsKey<Endpoint> EndpointKey = new("sidecar.endpoint");

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan CheckLifetime = TimeSpan.Zero;

    // What an HTTP/2 endpoint may send of a body before our app took it. Windows that grow with the bandwidth (up to 16 MiB a stream, which
    // the project file turns off) cost 80 MB for one download; this much carries 100 MB/s at a round trip of 10 ms.
    private const int Http2WindowBytes = 1024 * 1024;

    private readonly UpstreamTls? _tls;
    private readonly TimeProvider _time;
    private readonly Lazy<HttpMessageInvoker> _requests;
    private readonly Lazy<HttpMessageInvoker> _checks;

    /// <param name="most">So many connections to each endpoint for requests in HTTP/1.1; 0 for any number. Those of checks do not count.</param>
    public UpstreamConnections(UpstreamTls? tls, int most, TimeProvider time)
    {
        (_tls, _time) = (tls, time);
        _requests = new Lazy<HttpMessageInvoker>(() => Create(Lifetime, most));
        _checks = new Lazy<HttpMessageInvoker>(() => Create(CheckLifetime, most: 0));
    }

    public HttpMessageInvoker Requests => _requests.Value;

    /// <summary>Never reuses a connection: a check has to see that the endpoint still accepts.</summary>
    public HttpMessageInvoker Checks => _checks.Value;

    /// <summary>The start of an endpoint's request URLs. TLS is added below HTTP, by the connection itself.</summary>
    public static string Prefix(Endpoint endpoint) => $"http://{endpoint.Address}{endpoint.PathPrefix}";

    /// <summary>What a route's endpoints are spoken to in, but for gRPC.</summary>
    public static Version VersionOf(Route route) => route.Scheme == UpstreamScheme.H2c ? HttpVersion.Version20 : HttpVersion.Version11;

    /// <summary>What an endpoint's Host header says: the URL's host, with its port unless it is the scheme's own.</summary>
    public static string Authority(Route route, Endpoint endpoint)
    {
        var origin = endpoint.Origin.ToString();
        var defaultPort = $":{route.Scheme.DefaultPort()}";
        return endpoint.Origin.Port == route.Scheme.DefaultPort() ? origin[..^defaultPort.Length] : origin;
    }

    /// <summary>Whether a connection comes about, with all that TLS asks of both sides: null, or why not.</summary>
    public async Task<string?> TryConnectAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            if (_tls == null) return await HealthChecks.ConnectAsync(endpoint, _time, cancellation);
            await using var connection = await ConnectAsync(endpoint, HttpVersion.Version11, cancellation);
            return await UpstreamTls.HearRefusalAsync(connection, _time, cancellation);
        }
        catch (ConnectFailure e)
        {
            return e.Message;
        }
    }

    public void Dispose()
    {
        foreach (var made in new[] { _requests, _checks })
        {
            if (made.IsValueCreated) made.Value.Dispose();
        }
    }

    private HttpMessageInvoker Create(TimeSpan lifetime, int most) => new(new AsAProxy(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        // Trace context is written by the route, which knows of the tries.
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = lifetime,
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        MaxConnectionsPerServer = most > 0 ? most : int.MaxValue,
        EnableMultipleHttp2Connections = true,
        InitialHttp2StreamWindowSize = Http2WindowBytes,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = ConnectAsync,
    }));

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        if (!context.InitialRequestMessage.Options.TryGetValue(EndpointKey, out var endpoint))
            throw new InvalidOperationException("A request without its endpoint.");
        var version = context.InitialRequestMessage.Version;
        var connection = await ConnectAsync(endpoint, version, cancellation);
        return version.Major == 2 ? connection : new AnswerStream(connection);
    }

    private async Task<Stream> ConnectAsync(Endpoint endpoint, Version version, CancellationToken cancellation)
    {
        var socket = await Dial.ConnectAsync(endpoint, _time, cancellation);
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (_tls == null) return stream;
        var protocol = version.Major == 2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11;
        var encrypted = await _tls.EncryptAsync(stream, endpoint.Origin.Host, _time, cancellation, [protocol]);
        if (version.Major != 2 || encrypted.NegotiatedApplicationProtocol == protocol) return encrypted;
        await encrypted.DisposeAsync();
        throw new ConnectFailure(ConnectFailureKind.Tls, "TLS failed: it does not speak HTTP/2", inner: null);
    }

    /// <summary>
    /// Two habits of HttpClient that a proxy can't have. It holds small writes of a body back. And when a reused connection turns
    /// out closed it sends a request without a body again on its own, a POST too, though the POST may be what closed it.
    /// </summary>
    private sealed class AsAProxy(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content != null) request.Content = new PromptContent(request.Content);
            else if (!SafeMethods.IsIdempotent(request.Method.Method)) request.Content = new ByteArrayContent([]);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
