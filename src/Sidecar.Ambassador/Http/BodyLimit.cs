using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Faults;

namespace Sidecar.Ambassador.Http;

/// <summary>Refuses requests whose body is larger than a route takes: at once when they say so, else as soon as it turns out.</summary>
/// <param name="maxBytes">0 for any size.</param>
internal sealed class BodyLimit(long maxBytes)
{
    public Failure? Refuse(HttpContext context) => maxBytes > 0 && context.Request.ContentLength > maxBytes
        ? Refusal(StatusCodes.Status413PayloadTooLarge, $"its body is larger than {maxBytes} bytes")
        : null;

    /// <summary>What a caller is told whose body broke the rules while it was sent; null when something else went wrong.</summary>
    /// <param name="isLeft">The caller has not sent all of it in time.</param>
    public Failure? FaultOf(Exception? exception, bool isLeft)
    {
        for (var e = exception; e != null; e = e.InnerException)
        {
            if (e is not BadHttpRequestException bad) continue;
            return bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? Refusal(bad.StatusCode, $"its body is larger than {maxBytes} bytes")
                : Refusal(bad.StatusCode, "its body is broken");
        }

        return isLeft ? Refusal(StatusCodes.Status408RequestTimeout, "the rest of its body did not come in time") : null;
    }

    private static Failure Refusal(int status, string why) => new(status, ProxyError.HttpRequestError, FaultOrigin.App, $"the request is refused: {why}");
}
