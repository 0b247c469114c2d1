namespace Sidecar.Hosting.Settings;

/// <summary>The levels of the agent's own log.</summary>
public enum LogLevelName
{
    Trace,
    Debug,
    Info,
    Warning,
    Error,
}
