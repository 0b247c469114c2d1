using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sidecar.Adapter.Probes.Http;

namespace Sidecar.Adapter.Probes.Network;

/// Passes when a gRPC server says SERVING by its health service (grpc.health.v1). The two messages are written and read by
/// hand: each holds one field.
internal sealed class GrpcProbe : IProbe, IDisposable
{
    private const string Method = "/grpc.health.v1.Health/Check";
    private const int MaxAnswerBytes = 1024;

    private static readonly MediaTypeHeaderValue ContentType = new("application/grpc");

    private readonly NetworkTarget _target;
    private readonly Uri _url;
    private readonly byte[] _request;
    private readonly string _service;
    private readonly TlsTrust? _trust;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _client;
    // One question at a time, so that one outcome is enough.
    private TlsOutcome _outcome = new();
    private string? _trouble;
    private string _doing = "";
    private string _at = "";

    /// <param name="service">The service that is asked for; empty for the whole server.</param>
    public GrpcProbe(NetworkTarget target, string service, TlsTrust? trust, TimeProvider time)
    {
        _target = target;
        _service = service;
        _trust = trust;
        _time = time;
        _url = new Uri($"{(trust is null ? "http" : "https")}://{target}{Method}");
        _request = Frame(service);
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = TimeSpan.Zero,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        });
    }

    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        (_outcome, _trouble, _doing, _at) = (new TlsOutcome(), null, "connecting", "");
        var trace = ProbeTrace.Begin();
        var result = await AskAsync(trace, timeout);
        // Misses too: the life of a certificate that is refused for its end goes on below zero.
        result = _trust?.Weigh(result, _outcome, _time) ?? result;
        return _at.Length > 0 ? result with { TraceId = trace.Id } : result;
    }

    public void Dispose() => _client.Dispose();

    private async Task<ProbeResult> AskAsync(ProbeTrace trace, CancellationToken timeout)
    {
        try
        {
            return await CallAsync(trace, timeout);
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.TimedOut(_doing);
        }
        catch (HttpRequestException trouble)
        {
            return ProbeResult.Failed(_trouble ?? (trouble.HttpRequestError == HttpRequestError.HttpProtocolError ? "the answer is not gRPC" : HttpTrouble.Explain(trouble)));
        }
        catch (Exception trouble) when (trouble is IOException or SocketException)
        {
            return ProbeResult.Failed("the answer broke off");
        }
    }

    private async Task<ProbeResult> CallAsync(ProbeTrace trace, CancellationToken timeout)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(_request),
        };
        request.Content.Headers.ContentType = ContentType;
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", "sidecar-adapter");
        request.Headers.TryAddWithoutValidation(ProbeTrace.Header, trace.Parent);
        using var answer = await _client.SendAsync(request, timeout);
        if (answer.StatusCode != HttpStatusCode.OK)
            return ProbeResult.Failed($"status {(int)answer.StatusCode}{_at}, expected gRPC");

        using var stream = await answer.Content.ReadAsStreamAsync(timeout);
        var body = new byte[MaxAnswerBytes];
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, timeout);
        return Judge(body.AsSpan(0, length), GrpcStatus(answer));
    }

    private ProbeResult Judge(ReadOnlySpan<byte> body, string? code)
    {
        if (code is not (null or "0"))
        {
            return ProbeResult.Failed(code switch
            {
                "5" => $"the server knows no service '{_service}'{_at}",
                "12" => $"the server has no health service (grpc.health.v1){_at}",
                _ => $"gRPC status {code}{_at}",
            });
        }

        // A frame of one message: 0, its length in four bytes, then field 1 as a varint; an empty message means 0.
        if (body.Length < 5 || body[0] != 0 || code is null)
            return ProbeResult.Failed($"the answer is not gRPC{_at}");

        var message = body[5..];
        var status = message.Length == 0 ? 0 : message.Length >= 2 && message[0] == 0x08 ? message[1] : -1;
        return status switch
        {
            1 => ProbeResult.Passed($"SERVING{_at}"),
            0 => ProbeResult.Failed($"UNKNOWN{_at}, expected SERVING"),
            2 => ProbeResult.Failed($"NOT_SERVING{_at}, expected SERVING"),
            3 => ProbeResult.Failed($"SERVICE_UNKNOWN{_at}, expected SERVING"),
            _ => ProbeResult.Failed($"the answer is not that of a health service{_at}"),
        };
    }

    // An answer without a body carries the status in its headers.
    private static string? GrpcStatus(HttpResponseMessage answer) =>
        answer.TrailingHeaders.TryGetValues("grpc-status", out var values) || answer.Headers.TryGetValues("grpc-status", out values)
            ? values.First()
            : null;

    private static byte[] Frame(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        byte[] message = name.Length == 0 ? [] : [0x0a, (byte)name.Length, .. name];
        return [0, 0, 0, 0, (byte)message.Length, .. message];
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (socket, trouble) = await Dialer.ConnectAsync(_target, cancellation);
        if (socket is null)
        {
            _trouble = trouble;
            throw new IOException(trouble);
        }

        _at = Dialed.At(socket);
        _doing = $"waiting for an answer{_at}";
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (_trust is null)
            return plain;

        _doing = $"in the TLS handshake{_at}";
        var encrypted = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            var options = _trust.Options(_target.Host, _outcome);
            options.ApplicationProtocols = [SslApplicationProtocol.Http2];
            await encrypted.AuthenticateAsClientAsync(options, cancellation);
            _doing = $"waiting for an answer{_at}";
            return encrypted;
        }
        catch (Exception broken)
        {
            await encrypted.DisposeAsync();
            if (broken is not OperationCanceledException)
                _trouble ??= _outcome.Refusal ?? "the TLS handshake failed";
            throw;
        }
    }
}
