using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Lifecycle;

/// <summary>Looks whether what SIDECAR_SHUTDOWN_WAIT_FOR or SIDECAR_EXIT_WITH names is there.</summary>
internal sealed class TargetWatch
{
    /// <summary>How often a target is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ProcessTable _processes = new();
    private readonly ListeningPorts _ports = new();

    /// <summary>Throws IOException when /proc can't be read, which proves nothing about the target.</summary>
    public bool IsThere(WatchTarget target) => target.Kind switch
    {
        WatchKind.Process => _processes.Find(target.Name).Found.Count > 0,
        WatchKind.Port => _ports.IsListening(target.Port),
        _ => File.Exists(target.Name),
    };
}
