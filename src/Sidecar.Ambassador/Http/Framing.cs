using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Faults;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Refuses requests whose end two servers may see in two places (RFC 9112, section 6). Kestrel has refused what is broken in itself
/// by then; this is what it puts right silently, so that the endpoint would not see what the caller wrote.
/// </summary>
internal static class Framing
{
    // Kestrel moves a Content-Length beside a Transfer-Encoding there.
    private const string MovedLength = "X-Content-Length";

    private static readonly Failure TwoLengths = Refusal(StatusCodes.Status400BadRequest, "it has a Content-Length and a Transfer-Encoding");

    private static readonly Failure OldProtocol = Refusal(StatusCodes.Status400BadRequest, "HTTP/1.0 has no Transfer-Encoding");

    private static readonly Failure UnknownCoding = Refusal(StatusCodes.Status501NotImplemented, "its Transfer-Encoding is not 'chunked'");

    /// <returns>Null for nearly all.</returns>
    public static Failure? FaultOf(HttpRequest request)
    {
        var coding = request.Headers.TransferEncoding;
        if (coding.Count == 0) return null;
        if (request.Headers.ContainsKey(MovedLength)) return TwoLengths;
        if (request.Protocol == "HTTP/1.0") return OldProtocol;
        return coding.Count == 1 && "chunked".Equals(coding[0], StringComparison.OrdinalIgnoreCase) ? null : UnknownCoding;
    }

    private static Failure Refusal(int status, string why) => new(status, ProxyError.HttpRequestError, FaultOrigin.App, $"the request is refused: {why}");
}
