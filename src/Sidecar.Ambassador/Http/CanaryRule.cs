using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>Which requests are to try the new version.</summary>
/// <param name="Percent">The share of those that don't say.</param>
/// <param name="Header">The header by which a request says; null when none can.</param>
internal sealed record CanaryRule(int Percent, string? Header)
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

        if (Percent == 0) return false;
        return (key is { } value ? (int)(value % 100) : Random.Shared.Next(100)) < Percent;
    }
}
