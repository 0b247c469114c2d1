using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Adapter.Probes;

/// Passes when a GET is answered as expected. Each question takes a fresh connection, because a kept one hides an accept
/// queue that nobody serves, and reads the whole answer up to a limit, because closing early breaks pipes in the app's log.
internal sealed class HttpProbe : IProbe, IDisposable
{
    public const int MaxBodyBytes = 256 * 1024;
    public const int MaxRedirects = 10;

    private static readonly HttpRequestOptionsKey<Exchange> ExchangeKey = new("exchange");

    private readonly Uri _url;
    private readonly HttpExpectation _expected;
    private readonly TlsTrust _trust;
    private readonly HttpMessageInvoker _client;

    public HttpProbe(Uri url, HttpExpectation expected, TlsTrust trust)
    {
        _url = url;
        _expected = expected;
        _trust = trust;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = TimeSpan.Zero,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
        });
    }

    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        var exchange = new Exchange();
        try
        {
            return await FollowAsync(exchange, timeout);
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.TimedOut(exchange.Doing);
        }
        catch (HttpRequestException trouble)
        {
            return ProbeResult.Failed(exchange.Trouble ?? Explain(trouble));
        }
        catch (Exception trouble) when (trouble is IOException or SocketException)
        {
            return ProbeResult.Failed("the answer broke off");
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<ProbeResult> FollowAsync(Exchange exchange, CancellationToken timeout)
    {
        var url = _url;
        for (var redirects = 0; ; redirects++)
        {
            using var request = Request(url, exchange);
            using var answer = await _client.SendAsync(request, timeout);
            var status = (int)answer.StatusCode;
            if (status is < 300 or > 399 || answer.Headers.Location is not { } location || _expected.TakesRedirect(status))
                return await JudgeAsync(answer, exchange, timeout);

            var next = new Uri(url, location);
            if (!IsSameHost(url, next))
                return ProbeResult.Failed($"status {status}, redirected to another host: {next.Scheme}://{next.Authority}");

            if (redirects == MaxRedirects)
                return ProbeResult.Failed($"more than {MaxRedirects} redirects");

            url = next;
        }
    }

    private static HttpRequestMessage Request(Uri url, Exchange exchange)
    {
        exchange.Start();
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "sidecar-adapter");
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        request.Options.Set(ExchangeKey, exchange);
        return request;
    }

    private async Task<ProbeResult> JudgeAsync(HttpResponseMessage answer, Exchange exchange, CancellationToken timeout)
    {
        exchange.Doing = "reading the body";
        var status = (int)answer.StatusCode;
        var (body, isCut) = await ReadBodyAsync(answer, timeout);
        if (!_expected.Status.Contains(status))
            return ProbeResult.Failed($"status {status}{exchange.At}, expected {_expected.Status}");

        if (_expected.Body is { } pattern && !pattern.IsMatch(body))
        {
            return ProbeResult.Failed(isCut
                ? $"status {status}{exchange.At}, but no match in the first {MaxBodyBytes / 1024} KiB of the body"
                : $"status {status}{exchange.At}, but the body does not match");
        }
        return ProbeResult.Passed($"status {status}{exchange.At}");
    }

    private async Task<(string Body, bool IsCut)> ReadBodyAsync(HttpResponseMessage answer, CancellationToken timeout)
    {
        using var stream = await answer.Content.ReadAsStreamAsync(timeout);
        var isWanted = _expected.Body is not null;
        var buffer = ArrayPool<byte>.Shared.Rent(isWanted ? MaxBodyBytes : 8 * 1024);
        try
        {
            var total = 0;
            while (total < MaxBodyBytes)
            {
                // What nobody looks at goes over itself.
                var free = isWanted ? buffer.AsMemory(total, MaxBodyBytes - total) : buffer.AsMemory();
                var read = await stream.ReadAsync(free, timeout);
                if (read == 0)
                    return (isWanted ? Encoding.UTF8.GetString(buffer, 0, total) : "", false);

                total += read;
            }
            return (isWanted ? Encoding.UTF8.GetString(buffer, 0, total) : "", true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var exchange = context.InitialRequestMessage.Options.TryGetValue(ExchangeKey, out var found) ? found : new Exchange();
        var url = context.InitialRequestMessage.RequestUri!;
        // The client would try again by itself, three times, where a server closes without an answer.
        if (exchange.HasConnected)
        {
            exchange.Trouble = "the connection was closed before an answer";
            throw new IOException(exchange.Trouble);
        }

        var (socket, trouble) = await Dialer.ConnectAsync(NetworkTarget.Of(url), cancellation);
        if (socket is null)
        {
            exchange.Trouble = trouble;
            throw new IOException(trouble);
        }

        exchange.HasConnected = true;
        exchange.At = Dialed.At(socket);
        exchange.Doing = $"waiting for an answer{exchange.At}";
        var plain = new NetworkStream(socket, ownsSocket: true);
        return url.Scheme == Uri.UriSchemeHttps ? await EncryptAsync(plain, url, exchange, cancellation) : plain;
    }

    private async ValueTask<Stream> EncryptAsync(NetworkStream plain, Uri url, Exchange exchange, CancellationToken cancellation)
    {
        exchange.Doing = "in the TLS handshake";
        var encrypted = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await encrypted.AuthenticateAsClientAsync(_trust.Options(url.IdnHost, why => exchange.Trouble = why), cancellation);
            exchange.Doing = $"waiting for an answer{exchange.At}";
            return encrypted;
        }
        catch (Exception trouble)
        {
            await encrypted.DisposeAsync();
            if (trouble is not OperationCanceledException)
                exchange.Trouble ??= "the TLS handshake failed";
            throw;
        }
    }

    // The names of one's own machine are one host: apps redirect from localhost to 127.0.0.1.
    private static bool IsSameHost(Uri from, Uri to) =>
        to.Scheme is "http" or "https"
        && (from.IdnHost.Equals(to.IdnHost, StringComparison.OrdinalIgnoreCase)
            || (NetworkTarget.Of(from).IsLoopback && NetworkTarget.Of(to).IsLoopback));

    private static string Explain(HttpRequestException trouble) => trouble.HttpRequestError switch
    {
        HttpRequestError.InvalidResponse => "the answer is not HTTP",
        HttpRequestError.ResponseEnded => "the connection was closed before an answer",
        HttpRequestError.ConfigurationLimitExceeded => "the answer's headers are too large",
        HttpRequestError.SecureConnectionError => "the TLS handshake failed",
        _ when trouble.InnerException is SocketException socket => Dialer.Explain(socket),
        _ when trouble.InnerException is IOException { InnerException: SocketException socket } => Dialer.Explain(socket),
        var other => $"no answer ({other})",
    };

    /// How far one exchange has come, for the reason when it goes no further.
    private sealed class Exchange
    {
        public string Doing { get; set; } = "connecting";

        public string At { get; set; } = "";

        public string? Trouble { get; set; }

        public bool HasConnected { get; set; }

        public void Start() => (Doing, At, Trouble, HasConnected) = ("connecting", "", null, false);
    }
}
