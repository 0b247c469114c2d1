using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Headers that a Connection header names end at this hop (RFC 9110, section 7.6.1). The well-known ones are dropped by the
/// forwarder; these are known to nobody but the sender.
/// </summary>
internal static class HopByHop
{
    public static void Remove(StringValues connection, HttpRequestMessage request)
    {
        foreach (var name in Named(connection))
        {
            // Removing throws for a name that can't be there: none at all, or one of the content's.
            if (request.Headers.NonValidated.Contains(name)) request.Headers.Remove(name);
            if (request.Content?.Headers.NonValidated.Contains(name) == true) request.Content.Headers.Remove(name);
        }
    }

    public static void Remove(StringValues connection, IHeaderDictionary response)
    {
        foreach (var name in Named(connection)) response.Remove(name);
    }

    /// <summary>Says something of the connection, and names no header.</summary>
    public static bool IsOption(string name) =>
        name.Equals("close", StringComparison.OrdinalIgnoreCase) || name.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
        || name.Equals("upgrade", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Named(StringValues connection)
    {
        if (connection.Count == 0) yield break;
        foreach (var value in connection)
        {
            foreach (var name in (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (!IsOption(name)) yield return name;
            }
        }
    }

}
