namespace Sidecar.Hosting.ProcFs;

/// What one look at all processes found. Blindness says why the look proves nothing, and the line that mends it.
public sealed record ProcessScan(IReadOnlyList<ProcessIdentity> Found, int Ended, int Visible, int Unreadable, string? Blindness);
