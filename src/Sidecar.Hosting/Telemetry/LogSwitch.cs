using Microsoft.Extensions.Logging;

namespace Sidecar.Hosting.Telemetry;

/// <summary>The level of the agent's own log, which can be changed while it runs.</summary>
public sealed class LogSwitch
{
    private volatile int _level = (int)LogLevel.Information;

    public LogLevel Level
    {
        get => (LogLevel)_level;
        set => _level = (int)value;
    }

    /// <summary>The framework's own chatter is wanted only at trace, its warnings always; what its host meets at start and stop we say ourselves.</summary>
    internal bool IsOn(string? category, LogLevel level) =>
        level >= Level
        && (category?.StartsWith("Microsoft.", StringComparison.Ordinal) != true || level >= LogLevel.Warning || Level == LogLevel.Trace)
        && category != "Microsoft.Extensions.Hosting.Internal.Host";
}
