namespace Sidecar.Hosting.ProcFs;

/// Names one process for ever: a pid is reused, a pid with its start time (in clock ticks since boot) is not.
public readonly record struct ProcessIdentity(int Pid, ulong StartTicks);
