namespace Sidecar.Ambassador.Upstreams;

/// <summary>No connection came about, so no byte was sent: whatever was asked can be asked elsewhere. An exception because it
/// has to cross HttpClient.</summary>
internal sealed class ConnectFailure(ConnectFailureKind kind, string reason, Exception? inner) : IOException(reason, inner)
{
    public ConnectFailureKind Kind => kind;
}
