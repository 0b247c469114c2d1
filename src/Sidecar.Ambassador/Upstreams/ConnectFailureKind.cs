namespace Sidecar.Ambassador.Upstreams;

/// <summary>What kept a connection from coming about.</summary>
internal enum ConnectFailureKind
{
    Refused,
    TimedOut,
    Unreachable,
    Certificate,
    Tls,
}
