using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Faults;

namespace Sidecar.Ambassador.Http.Access;

/// <summary>
/// What the app may ask for on a route: only what is allowed, where anything is, and nothing that is denied. In doubt a request is
/// refused, so that no way to write a path gets round a rule.
/// </summary>
internal sealed class AccessRules(IReadOnlyList<RequestRule> allowed, IReadOnlyList<RequestRule> denied)
{
    /// <returns>Null when the request may go on.</returns>
    public Failure? Refuse(HttpContext context)
    {
        var request = context.Request;
        if (Disguise.Of(request) is { } header) return Refusal($"the header {header} could make another request of it");
        if (RequestPath.Read(RequestTarget.PathOf(context)) is not { } path) return Refusal("its path could be read in more than one way");
        foreach (var rule in denied)
        {
            if (Takes(rule, request.Method, path)) return Refusal($"it is denied by '{rule.Text}'");
        }

        return allowed.Count == 0 || IsAllowed(request.Method, path) ? null : Refusal("nothing allows it");
    }

    private static bool Takes(RequestRule rule, string method, in RequestPath path) =>
        rule.Takes(method, path.AsWritten, ignoreCase: true)
        || (!ReferenceEquals(path.Resolved, path.AsWritten) && rule.Takes(method, path.Resolved, ignoreCase: true))
        || (!ReferenceEquals(path.Lenient, path.AsWritten) && rule.Takes(method, path.Lenient, ignoreCase: true));

    private bool IsAllowed(string method, in RequestPath path) =>
        IsAllowed(method, path.AsWritten)
        && (ReferenceEquals(path.Resolved, path.AsWritten) || IsAllowed(method, path.Resolved))
        && (ReferenceEquals(path.Lenient, path.AsWritten) || IsAllowed(method, path.Lenient));

    private bool IsAllowed(string method, string path)
    {
        foreach (var rule in allowed)
        {
            if (rule.Takes(method, path, ignoreCase: false)) return true;
        }

        return false;
    }

    private static Failure Refusal(string why) =>
        new(StatusCodes.Status403Forbidden, ProxyError.HttpRequestDenied, FaultOrigin.App, $"the request is refused: {why}");
}
