using Microsoft.AspNetCore.Http;

namespace Sidecar.Adapter.Endpoints;

/// Which dialect a caller asks for: by ?format= or else by Accept.
internal static class HealthFormats
{
    public const string Names = "health+json, json, text, microprofile, spring";

    /// Null when the query names one that we don't speak.
    public static HealthFormat? Of(HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue("format", out var named))
            return OfAccept(request.Headers.Accept.ToString());

        return named.ToString().ToLowerInvariant() switch
        {
            "text" => HealthFormat.Text,
            "json" => HealthFormat.Json,
            // A + in a query is a blank.
            "health+json" or "health json" => HealthFormat.HealthJson,
            "microprofile" => HealthFormat.MicroProfile,
            "spring" => HealthFormat.Spring,
            _ => null,
        };
    }

    public static string ContentType(HealthFormat format) => format switch
    {
        HealthFormat.Text => "text/plain; charset=utf-8",
        HealthFormat.HealthJson => "application/health+json",
        HealthFormat.Spring => "application/vnd.spring-boot.actuator.v3+json",
        _ => "application/json",
    };

    // Orchestrators send */* or nothing. The first that we know counts; weights are for browsers.
    private static HealthFormat OfAccept(string accept)
    {
        if (accept.Length == 0 || accept == "*/*")
            return HealthFormat.HealthJson;

        foreach (var item in accept.Split(',', StringSplitOptions.TrimEntries))
        {
            switch (item.Split(';')[0].ToLowerInvariant())
            {
                case "application/health+json":
                    return HealthFormat.HealthJson;
                case "application/json":
                    return HealthFormat.Json;
                case "text/plain":
                    return HealthFormat.Text;
                case "application/vnd.spring-boot.actuator.v3+json" or "application/vnd.spring-boot.actuator.v2+json":
                    return HealthFormat.Spring;
            }
        }
        return HealthFormat.HealthJson;
    }
}
