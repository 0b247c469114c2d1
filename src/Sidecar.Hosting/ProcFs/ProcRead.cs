namespace Sidecar.Hosting.ProcFs;

/// How a read under /proc ended. A process may end between two reads, and /proc may refuse strangers.
public enum ProcRead
{
    Done,
    Gone,
    Denied,
}
