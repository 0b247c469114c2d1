using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Drains;

/// <summary>Asks for the verdict, and never throws: whatever goes wrong is none.</summary>
internal sealed class VerdictQuestion(Uri url, TimeSpan timeout, TimeProvider time) : IDisposable
{
    private const int MaxBytes = 1024;
    private const int MaxChars = 300;

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null,
    });

    /// <returns>The ruling, and the answer in words.</returns>
    public async Task<(Ruling Ruling, string Words)> AskAsync(CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("Accept", "text/plain");
            request.Headers.TryAddWithoutValidation("User-Agent", "sidecar-ambassador");
            using var answer = await _client.SendAsync(request, either.Token);
            var said = await ReadAsync(answer, either.Token);
            return (RulingOf(answer), $"answered {(int)answer.StatusCode}{(said.Length > 0 ? $" ({said})" : "")}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (Ruling.None, "gave no answer in time");
        }
        catch (Exception trouble) when (trouble is HttpRequestException or IOException or SocketException)
        {
            return (Ruling.None, trouble is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } ? "can't be connected to" : "broke off its answer");
        }
    }

    public void Dispose() => _client.Dispose();

    // 429 is how an adapter may say degraded, which is up. One that is drained itself would hold us down, and we it.
    private static Ruling RulingOf(HttpResponseMessage answer) => answer.StatusCode switch
    {
        HttpStatusCode.ServiceUnavailable when !answer.Headers.Contains(AgentState.WithdrawnHeader) => Ruling.Leave,
        HttpStatusCode.OK or HttpStatusCode.NoContent or HttpStatusCode.TooManyRequests => Ruling.Stay,
        _ => Ruling.None,
    };

    // An adapter's first line is the verdict, which we know, and the others are its probes.
    private static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[MaxBytes];
        var length = await stream.ReadAtLeastAsync(buffer, MaxBytes, throwOnEndOfStream: false, cancellation);
        var lines = Encoding.UTF8.GetString(buffer, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var said = string.Join("; ", lines.Length > 1 ? lines[1..].Where(line => !line.Contains(": pass, ", StringComparison.Ordinal)) : lines);
        return said.Length > MaxChars ? said[..MaxChars] + "..." : said;
    }
}
