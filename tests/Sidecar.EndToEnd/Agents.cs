using System.Globalization;
using Sidecar.Testing;

namespace Sidecar.EndToEnd;

/// The three agents, each with the least that it runs with.
internal static class Agents
{
    public static TheoryData<string> All => ["sidecar-logs", "sidecar-ambassador", "sidecar-adapter"];

    /// Settings under which the agent has something to do, all inside the volume and on loopback; nothing of it exists yet.
    public static Dictionary<string, string> Settings(string agent, TempVolume volume) => agent switch
    {
        "sidecar-logs" => new(StringComparer.Ordinal)
        {
            ["LOGS_PATHS"] = volume.PathOf("app/*.log"),
            ["LOGS_DESTINATION"] = $"file:{volume.PathOf("shipped")}",
            ["LOGS_STATE_DIR"] = volume.PathOf("state"),
            ["LOGS_QUIET_PERIOD"] = "500ms",
        },
        "sidecar-ambassador" => new(StringComparer.Ordinal)
        {
            ["AMBASSADOR_ROUTE_DB"] = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{FreePort.Next()}"),
            ["AMBASSADOR_ROUTE_DB_LISTEN"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
        },
        "sidecar-adapter" => new(StringComparer.Ordinal)
        {
            ["ADAPTER_PROBE_APP"] = $"file:{volume.PathOf("heartbeat")}",
        },
        _ => throw new ArgumentOutOfRangeException(nameof(agent), agent, "no such agent"),
    };

    /// The prefix of the agent's own variables: LOGS_.
    public static string Prefix(string agent) => agent["sidecar-".Length..].ToUpperInvariant() + "_";
}
