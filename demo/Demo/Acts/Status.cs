using System.Text.Json.Nodes;

namespace Demo.Acts;

/// What a sidecar says of itself on /status, in a line.
internal static class Status
{
    public static async Task<string> DegradedAsync(Stage stage, string sidecar, CancellationToken cancellation)
    {
        var status = JsonNode.Parse(await stage.ReadAsync(sidecar, "/status", cancellation))!;
        var troubles = status["degraded"]!.AsArray().Select(trouble => $"{trouble!["name"]}: {trouble["reason"]}").ToList();
        return troubles.Count == 0 ? "/status says: nothing is degraded" : $"/status says degraded: {string.Join("; ", troubles)}";
    }
}
