using Microsoft.Extensions.Logging;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Following;

/// Bounds what files that were deleted before they were read hold on their volume. A full volume would cost the application more
/// than its oldest lines.
internal sealed partial class HoldLimit(long maxBytes, OpenFiles files, RotatedFiles rotated, LogsMetrics metrics, ILogger<HoldLimit> logger)
{
    /// True when something was given up.
    public bool Enforce()
    {
        var held = files.All.Sum(file => file.Tail.HeldBytes);
        if (held <= maxBytes)
            return false;

        // What was read to its end costs nothing.
        var hasReleased = false;
        foreach (var file in files.All.Where(one => one.Tail.HeldBytes > 0).OrderBy(one => one.Tail.Unread > 0).ThenBy(one => one.Tail.ModifiedMs).ToList())
        {
            // While something of the oldest is on its way it is waited for, but not for ever.
            if (files.StreamOf(file) is not { } stream || !stream.TryClaim())
            {
                if (held > maxBytes * 2)
                    continue;
                break;
            }

            held -= file.Tail.HeldBytes;
            Release(file, stream);
            stream.Release();
            hasReleased = true;
            if (held <= maxBytes)
                break;
        }

        return hasReleased;
    }

    private void Release(FollowedFile file, Batching.LogStream stream)
    {
        var tail = file.Tail;
        var bytes = tail.HeldBytes;
        var lost = tail.Unread - (tail.Unread > 0 ? rotated.FollowCopy(tail.Source, tail.Lineage, tail.SeenBookmark, tail.SureModifiedMs, file.Target) ?? 0 : 0);
        files.Forget(stream, tail);
        if (lost <= 0)
        {
            Log.Released(logger, tail.Path, tail.Identity, bytes);
            return;
        }

        Log.GivenUp(logger, tail.Path, tail.Identity, bytes, maxBytes, lost);
        metrics.Lost(tail.Source.Name, lost);
    }

    private static partial class Log
    {
        [LoggerMessage(1115, LogLevel.Error,
            "'{Path}' ({Identity}), deleted before it was read, holds {Bytes} bytes on its volume, which is more than deleted files may in all (LOGS_HOLD_LIMIT, {Limit} bytes): it is given up, and {Lost} bytes of it are lost.")]
        public static partial void GivenUp(ILogger logger, string path, FileIdentity identity, long bytes, long limit, long lost);

        [LoggerMessage(1116, LogLevel.Information, "'{Path}' ({Identity}) was deleted; the {Bytes} bytes that it holds are given back before their time.")]
        public static partial void Released(ILogger logger, string path, FileIdentity identity, long bytes);
    }
}
