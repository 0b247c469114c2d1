using System.Collections.Immutable;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// Knows which file follows another one under the same name, so that an event whose lines rotation set apart can be put together.
internal static class Succession
{
    /// The file that got the name of this one and of which nothing is acknowledged yet; null when lines stand alone.
    public static FileTail? Of(ImmutableArray<FileTail> files, FileTail file)
    {
        if (files.Length < 2 || !file.Source.Lines.Groups)
            return null;

        for (var i = files.IndexOf(file) + 1; i < files.Length; i++)
        {
            if (IsAfter(files[i], file))
                return files[i].Bookmark.Offset == 0 ? files[i] : null;
        }

        return null;
    }

    /// Whether there is something unread that comes before a file, or that its first lines may carry on.
    public static bool Waits(ImmutableArray<FileTail> files, FileTail file, TailTimeouts timeouts, long now)
    {
        foreach (var other in files)
        {
            if (other == file)
                return false;
            if (other.Unread > 0 && (IsBehind(file, other, timeouts, now) || (file.Bookmark.Offset == 0 && Of(files, other) == file)))
                return true;
        }

        return false;
    }

    public static bool IsBehindAny(List<FileTail> holding, FileTail file, TailTimeouts timeouts, long now)
    {
        foreach (var one in holding)
        {
            if (IsBehind(file, one, timeouts, now))
                return true;
        }

        return false;
    }

    /// Whether a file must wait for what an older one of its name holds back: a last event that may go on, or a line without its end.
    /// Both are released when they were quiet for long enough, and what is still written under a lost name is not waited for longer.
    private static bool IsBehind(FileTail file, FileTail holding, TailTimeouts timeouts, long now) =>
        holding.LostNameAt is { } lostAt && now - lostAt < timeouts.PartialMs && file != holding && file.Lineage == holding.Lineage;

    private static bool IsAfter(FileTail next, FileTail file) => next.Lineage == file.Lineage
        ? file.LostNameAt is not null
        : Path.GetDirectoryName(next.Path.AsSpan()).SequenceEqual(Path.GetDirectoryName(file.Path.AsSpan())) && RotationName.IsOf(next.Path, file.Path);
}
