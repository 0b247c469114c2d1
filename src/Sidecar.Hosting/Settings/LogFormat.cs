namespace Sidecar.Hosting.Settings;

/// <summary>How the agent's own log is written.</summary>
public enum LogFormat
{
    Json,
    Text,
}
