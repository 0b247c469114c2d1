using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Http;

/// <summary>What of a request decides on its endpoint, where the same is to go to the same.</summary>
internal sealed record HashSource(bool IsCookie, string Name)
{
    public const string Form = "header:<name> or cookie:<name>";

    public static HashSource? Parse(string text)
    {
        var parts = text.Split(':', 2);
        if (parts is not [("header" or "cookie"), { Length: > 0 } name] || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) return null;
        return new HashSource(parts[0] == "cookie", name);
    }

    /// <summary>Null when the request has none: it may go anywhere.</summary>
    public ulong? KeyOf(HttpRequest request)
    {
        var value = IsCookie ? request.Cookies[Name] : request.Headers[Name].ToString();
        return string.IsNullOrEmpty(value) ? null : StableHash.Of(value);
    }
}
