namespace Sidecar.Adapter.Probes.Processes;

/// Whether a process is the one that was meant. Hidden: nothing speaks against it, and we may not look at what would tell.
internal enum ProcessMatch
{
    No,
    Yes,
    Hidden,
}
