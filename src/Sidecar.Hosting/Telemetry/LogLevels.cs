using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Telemetry;

/// <summary>The levels as users name them.</summary>
internal static class LogLevels
{
    public static LogLevel From(LogLevelName name) => name switch
    {
        LogLevelName.Trace => LogLevel.Trace,
        LogLevelName.Debug => LogLevel.Debug,
        LogLevelName.Warning => LogLevel.Warning,
        LogLevelName.Error => LogLevel.Error,
        _ => LogLevel.Information,
    };

    public static string Show(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
