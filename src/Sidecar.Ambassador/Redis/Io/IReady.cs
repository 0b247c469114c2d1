namespace Sidecar.Ambassador.Redis.Io;

/// Who owns a socket and is told what became of it.
internal interface IReady
{
    void OnConnected();

    void OnReadable();

    void OnWritable();

    /// The connection could not be made or is gone; the owner still has to close it.
    void OnLost(string reason);

    /// Something unexpected in one of the above: it ends this connection and no other.
    void OnFault(Exception fault);
}
