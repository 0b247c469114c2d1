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

    /// Whether a file's first lines may belong to an event that another one ends with.
    public static bool Waits(ImmutableArray<FileTail> files, FileTail file)
    {
        if (file.Bookmark.Offset > 0)
            return false;

        foreach (var other in files)
        {
            if (other.Unread > 0 && Of(files, other) == file)
                return true;
        }

        return false;
    }

    private static bool IsAfter(FileTail next, FileTail file) => next.Path == file.Path
        ? file.LostNameAt is not null
        : Path.GetDirectoryName(next.Path.AsSpan()).SequenceEqual(Path.GetDirectoryName(file.Path.AsSpan())) && RotationName.IsOf(next.Path, file.Path);
}
