using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>Which requests are to try the new version.</summary>
/// <param name="Share">How many percent of those that don't say; it may change at any time.</param>
/// <param name="Header">The header by which a request says; null when none can.</param>
internal sealed record CanaryRule(Func<int> Share, string? Header)
{
    /// <param name="key">With one, the same caller gets the same version each time.</param>
    public bool Takes(HttpRequest request, ulong? key)
    {
        if (Header != null)
        {
            var said = request.Headers[Header].ToString();
            if (said.Equals("true", StringComparison.OrdinalIgnoreCase)) return true;
            if (said.Equals("false", StringComparison.OrdinalIgnoreCase)) return false;
        }

        var share = Share();
        if (share == 0) return false;
        return (key is { } value ? (int)(value % 100) : Random.Shared.Next(100)) < share;
    }
}
