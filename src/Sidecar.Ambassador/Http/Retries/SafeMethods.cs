using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sidecar.Ambassador.Http.Retries;

/// <summary>Which requests may be sent twice: by their method (RFC 9110, section 9.2.2), or because the caller says that the service tells doubles apart.</summary>
internal static class SafeMethods
{
    private const string IdempotencyKey = "Idempotency-Key";

    public static bool MayRepeat(HttpRequest request) =>
        IsIdempotent(request.Method) || !StringValues.IsNullOrEmpty(request.Headers[IdempotencyKey]);

    public static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPut(method)
        || HttpMethods.IsDelete(method) || HttpMethods.IsTrace(method);
}
