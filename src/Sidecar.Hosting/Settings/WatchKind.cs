namespace Sidecar.Hosting.Settings;

/// <summary>What a <see cref="WatchTarget"/> names.</summary>
public enum WatchKind
{
    Process,
    Port,
    File,
}
