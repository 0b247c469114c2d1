using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Work;

namespace Sidecar.Adapter.Probes.Http;

/// Passes when a question by HTTP is answered as expected. Each takes a fresh connection, because a kept one hides an accept
/// queue that nobody serves, and reads the whole answer up to a limit, because closing early breaks pipes in the app's log.
internal sealed class HttpProbe : IProbe, IDisposable
{
    public const int MaxRedirects = 10;
    public const string StatusMeasure = "http_status_code";

    private const int UnwantedBytes = 8 * 1024;

    private static readonly HttpRequestOptionsKey<Exchange> ExchangeKey = new("exchange");

    private readonly HttpQuestion _question;
    private readonly HttpExpectation _expected;
    private readonly TlsTrust _trust;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _client;

    public HttpProbe(HttpQuestion question, HttpExpectation expected, TlsTrust trust, TimeProvider time)
    {
        _question = question;
        _expected = expected;
        _trust = trust;
        _time = time;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = question.KeepsConnection ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
        });
    }

    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        var exchange = new Exchange(ProbeSteps.Seen);
        // Misses too: the life of a certificate that is refused for its end goes on below zero.
        var result = _trust.Weigh(await AskAsync(exchange, timeout), exchange.Tls, _time);
        var wasSent = exchange.HasConnected || (_question.KeepsConnection && exchange.Trouble is null);
        return wasSent ? result with { TraceId = exchange.TraceId } : result;
    }

    public void Dispose() => _client.Dispose();

    private async Task<ProbeResult> AskAsync(Exchange exchange, CancellationToken timeout)
    {
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
            return ProbeResult.Failed(exchange.Trouble ?? HttpTrouble.Explain(trouble));
        }
        catch (Exception trouble) when (trouble is IOException or SocketException)
        {
            return ProbeResult.Failed("the answer broke off");
        }
    }

    private async Task<ProbeResult> FollowAsync(Exchange exchange, CancellationToken timeout)
    {
        var url = _question.Url;
        var trace = ProbeTrace.Begin();
        for (var redirects = 0; ; redirects++)
        {
            exchange.Start();
            using var request = _question.Request(url);
            request.Options.Set(ExchangeKey, exchange);
            // The user's own goes as it is.
            if (_question.BeginsTrace && !request.Headers.Contains(ProbeTrace.Header) && request.Headers.TryAddWithoutValidation(ProbeTrace.Header, trace.Parent))
                exchange.TraceId = trace.Id;
            using var answer = await _client.SendAsync(request, timeout);
            var status = (int)answer.StatusCode;
            if (status is < 300 or > 399 || _expected.TakesRedirect(status) || Redirect.Of(answer) is not { } location)
                return await JudgeAsync(answer, exchange, timeout);

            if (!location.TryFollow(url, out var next))
                return ProbeResult.Failed($"status {status}, redirected to what is no URL: {location}");

            if (!IsSameHost(url, next))
                return ProbeResult.Failed($"status {status}, redirected to another host: {next.Scheme}://{next.Authority}");

            // The same host is not enough: what stands on its other ports is none of theirs.
            if ((next.IdnHost, next.Port) != (url.IdnHost, url.Port) && _question.StrangersMayAsk?.Invoke(next) == false)
                return ProbeResult.Failed($"status {status}, redirected to where strangers may not ask");

            if (redirects == MaxRedirects)
                return ProbeResult.Failed($"more than {MaxRedirects} redirects");

            url = NetworkTarget.Askable(next);
        }
    }

    private async Task<ProbeResult> JudgeAsync(HttpResponseMessage answer, Exchange exchange, CancellationToken timeout)
    {
        exchange.Doing = "reading the body";
        using var stream = await answer.Content.ReadAsStreamAsync(timeout);
        var isWanted = _expected.NeedsBody;
        var buffer = ContentRules.Buffers.Rent(isWanted ? WantedBytes(answer.Content.Headers.ContentLength) : UnwantedBytes);
        try
        {
            var (length, isCut) = await ReadAsync(stream, buffer, isWanted, timeout);
            var body = buffer.AsSpan(0, isWanted ? length : 0);
            var result = answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.Contains(AgentState.WithdrawnHeader)
                ? _expected.JudgeWithdrawn(exchange.At, body)
                : _expected.Judge((int)answer.StatusCode, exchange.At, body, isCut);
            // Dashboards for blackbox_exporter show it; our own metrics have the reason.
            return _question.IsForStrangers ? result with { Measures = [new Measure(StatusMeasure, (int)answer.StatusCode)] } : result;
        }
        finally
        {
            ContentRules.Buffers.Return(buffer);
        }
    }

    // One that says its length takes no more than that.
    private static int WantedBytes(long? length) => (int)Math.Clamp(length ?? ContentRules.MaxBytes, 1, ContentRules.MaxBytes);

    private static async Task<(int Length, bool IsCut)> ReadAsync(Stream stream, byte[] buffer, bool isWanted, CancellationToken timeout)
    {
        var total = 0;
        while (total < ContentRules.MaxBytes)
        {
            // What nobody looks at goes over itself.
            var free = isWanted ? buffer.AsMemory(total, Math.Min(buffer.Length, ContentRules.MaxBytes) - total) : buffer.AsMemory();
            var read = await stream.ReadAsync(free, timeout);
            if (read == 0)
                return (total, false);

            total += read;
        }
        return (total, true);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var exchange = context.InitialRequestMessage.Options.TryGetValue(ExchangeKey, out var found) ? found : new Exchange(null);
        var url = context.InitialRequestMessage.RequestUri!;
        // The client would try again by itself, three times, where a server closes without an answer.
        if (exchange.HasConnected)
        {
            exchange.Trouble = "the connection was closed before an answer";
            throw new IOException(exchange.Trouble);
        }

        var (socket, trouble) = _question.Socket is { } path
            ? await Dialer.ConnectAsync(path, cancellation)
            : await Dialer.ConnectAsync(NetworkTarget.Of(url) with { IsForStrangers = _question.IsForStrangers }, cancellation);
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
            await encrypted.AuthenticateAsClientAsync(_trust.Options(url.IdnHost, exchange.Tls), cancellation);
            exchange.Doing = $"waiting for an answer{exchange.At}";
            return encrypted;
        }
        catch (Exception trouble)
        {
            await encrypted.DisposeAsync();
            if (trouble is not OperationCanceledException)
                exchange.Trouble ??= exchange.Tls.Refusal ?? "the TLS handshake failed";
            throw;
        }
    }

    // The names of one's own machine are one host: apps redirect from localhost to 127.0.0.1.
    private static bool IsSameHost(Uri from, Uri to) =>
        to.Scheme is "http" or "https"
        && (from.IdnHost.Equals(to.IdnHost, StringComparison.OrdinalIgnoreCase)
            || (NetworkTarget.Of(from).IsInPod && NetworkTarget.Of(to).IsInPod));

    /// How far one exchange has come, for the reason when it goes no further.
    private sealed class Exchange(ProbeSteps? steps)
    {
        private string _doing = "";

        public string Doing
        {
            get => _doing;
            set
            {
                _doing = value;
                steps?.Add(value);
            }
        }

        public string At { get; set; } = "";

        public string? Trouble { get; set; }

        public bool HasConnected { get; set; }

        public string? TraceId { get; set; }

        public TlsOutcome Tls { get; } = new();

        public void Start() => (Doing, At, Trouble, HasConnected) = ("connecting", "", null, false);
    }
}
