using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http.Retries;

/// <summary>Answers that say that the endpoint, or what stands in front of it, can't serve now.</summary>
internal static class BadAnswer
{
    public static bool Is(int status) =>
        status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    /// <summary>How long the sender wants to be left alone (RFC 9110, section 10.2.3).</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        if (response.Headers.RetryAfter is not { } header) return null;
        var wait = header.Delta ?? header.Date - time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }
}
