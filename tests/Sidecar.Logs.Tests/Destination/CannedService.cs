using System.Net;

namespace Sidecar.Logs.Tests.Destination;

/// Answers with what it was given, in order, the last one for ever. For answers that the stand-in never makes.
internal sealed class CannedService(params (int Status, string Body, string? ErrorHeader)[] answers) : HttpMessageHandler
{
    private int _next;

    public int Calls => _next;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (status, body, header) = answers[Math.Min(_next++, answers.Length - 1)];
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        if (header is not null)
            response.Headers.Add("x-amzn-ErrorType", header);
        return Task.FromResult(response);
    }
}
