using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>Which methods may be sent twice (RFC 9110, section 9.2.2).</summary>
internal static class SafeMethods
{
    public static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPut(method)
        || HttpMethods.IsDelete(method) || HttpMethods.IsTrace(method);
}
