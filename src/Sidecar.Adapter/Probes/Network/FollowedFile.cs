namespace Sidecar.Adapter.Probes.Network;

/// What a file holds, read again when its time changes. When it can't be read for a while, the last content stands.
/// <param name="read">Null for a content that is of no use. May throw what file access throws.</param>
internal sealed class FollowedFile<T>(string path, Func<string, T?> read) where T : class
{
    private readonly Lock _lock = new();
    private T? _current;
    private DateTime _readOf;

    public T? Current
    {
        get
        {
            lock (_lock)
            {
                try
                {
                    // Follows the link that a Secret volume swaps.
                    var written = File.GetLastWriteTimeUtc(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
                    if (written != _readOf)
                    {
                        _current = read(path) ?? _current;
                        _readOf = written;
                    }
                }
                catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
                {
                    // The next handshake looks again.
                }
                return _current;
            }
        }
    }
}
