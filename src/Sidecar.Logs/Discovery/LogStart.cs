namespace Sidecar.Logs.Discovery;

/// Where reading begins in files that are there when the agent starts for the first time.
internal enum LogStart
{
    Beginning,
    End,
}
