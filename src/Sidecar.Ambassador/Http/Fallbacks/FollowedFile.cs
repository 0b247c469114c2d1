using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http.Fallbacks;

/// <summary>The bytes of a file as they are now; while it can't be read, those that it had last.</summary>
internal sealed class FollowedFile(string path, TimeProvider time)
{
    private readonly Lock _lock = new();
    private byte[] _content = File.ReadAllBytes(path);
    private long _readAt = time.GetTimestamp();

    /// <summary>At most as old as a followed secret may be. Read when it is asked for, so that it costs nothing while it is not.</summary>
    public byte[] Content
    {
        get
        {
            lock (_lock)
            {
                if (time.GetElapsedTime(_readAt) < Secret.FollowInterval) return _content;
                _readAt = time.GetTimestamp();
                try
                {
                    return _content = File.ReadAllBytes(path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Being replaced, most likely.
                    return _content;
                }
            }
        }
    }
}
