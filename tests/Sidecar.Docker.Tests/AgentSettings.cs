using System.Globalization;
using Sidecar.Testing;

namespace Sidecar.Docker.Tests;

/// The least that an agent runs with, and is well.
internal static class AgentSettings
{
    public static Dictionary<string, string> Least(string agent, TempVolume volume) => agent switch
    {
        "sidecar-logs" => new(StringComparer.Ordinal)
        {
            ["LOGS_PATHS"] = volume.PathOf("app/*.log"), ["LOGS_DESTINATION"] = $"file:{volume.PathOf("shipped")}", ["LOGS_STATE_DIR"] = volume.PathOf("state"),
        },
        "sidecar-ambassador" => new(StringComparer.Ordinal)
        {
            ["AMBASSADOR_ROUTE_DB"] = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{FreePort.Next()}"),
            ["AMBASSADOR_ROUTE_DB_LISTEN"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
        },
        _ => new(StringComparer.Ordinal) { ["ADAPTER_PROBE_HOST"] = "file:/etc/hostname" },
    };
}
