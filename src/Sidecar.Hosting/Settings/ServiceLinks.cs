using System.Net;

namespace Sidecar.Hosting.Settings;

/// <summary>
/// Recognises the variables that Kubernetes injects for each Service of the namespace: a Service called "logs" brings
/// LOGS_PORT=tcp://10.0.0.1:80. They are strangers under our prefix, not misspelt settings.
/// </summary>
internal static class ServiceLinks
{
    private static readonly string[] Protocols = ["tcp", "udp", "sctp"];

    /// <summary>The service's prefix (LOGS for LOGS_PORT) when name and value both have a service link's shape; else null.</summary>
    public static string? ServiceOf(string variable, string value)
    {
        if (Before(variable, "_SERVICE_HOST") is { } host && variable.EndsWith("_SERVICE_HOST", StringComparison.Ordinal))
        {
            return IPAddress.TryParse(value, out _) ? host : null;
        }

        if (Before(variable, "_SERVICE_PORT") is { } service && (variable.EndsWith("_SERVICE_PORT", StringComparison.Ordinal) || variable.Contains("_SERVICE_PORT_", StringComparison.Ordinal)))
        {
            return IsNumber(value) ? service : null;
        }

        if (variable.EndsWith("_PORT", StringComparison.Ordinal) && IsLink(value))
        {
            return variable[..^"_PORT".Length];
        }

        return PortVariable(variable, value);
    }

    // <SERVICE>_PORT_<number>_<TCP|UDP|SCTP>, and the same with _PROTO, _PORT or _ADDR.
    private static string? PortVariable(string variable, string value)
    {
        var parts = variable.Split('_');
        for (var i = 1; i + 2 < parts.Length; i++)
        {
            if (parts[i] != "PORT" || !IsNumber(parts[i + 1]) || !Protocols.Contains(parts[i + 2].ToLowerInvariant()))
            {
                continue;
            }

            var isRight = string.Join('_', parts[(i + 3)..]) switch
            {
                "" => IsLink(value),
                "PROTO" => Protocols.Contains(value),
                "PORT" => IsNumber(value),
                "ADDR" => IPAddress.TryParse(value, out _),
                _ => false,
            };
            return isRight ? string.Join('_', parts[..i]) : null;
        }

        return null;
    }

    private static string? Before(string variable, string marker)
    {
        var at = variable.LastIndexOf(marker, StringComparison.Ordinal);
        return at > 0 ? variable[..at] : null;
    }

    private static bool IsLink(string value)
    {
        var at = value.IndexOf("://", StringComparison.Ordinal);
        return at > 0 && Protocols.Contains(value[..at]) && IPEndPoint.TryParse(value[(at + 3)..], out var end) && end.Port > 0;
    }

    private static bool IsNumber(string value) => value.Length is > 0 and <= 5 && value.All(char.IsAsciiDigit);
}
