using System.IO.Enumeration;

namespace Sidecar.Adapter.Probes.Files;

/// Finds the file of a path, or the newest one of a pattern with * and ? in any of its parts.
internal static class NewestFile
{
    // A pattern over a directory of millions would cost more than what it tells.
    public const int MaxEntries = 20_000;

    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    /// Throws IOException or UnauthorizedAccessException for what can't be looked at, InvalidDataException for a pattern that
    /// is too wide; null when there is no such file.
    public static FileSystemInfo? Find(string path, CancellationToken cancellation)
    {
        if (!IsPattern(path))
            return Look(path);

        var seen = 0;
        FileSystemInfo? newest = null;
        foreach (var match in Expand("/", path.Split('/', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (newest is null || match.LastWriteTimeUtc > newest.LastWriteTimeUtc)
                newest = match;
        }
        return newest;

        IEnumerable<FileSystemInfo> Expand(string folder, ReadOnlyMemory<string> parts)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = parts.Span[0];
            var rest = parts[1..];
            foreach (var entry in IsPattern(part) ? Matches(folder, part) : [Path.Combine(folder, part)])
            {
                if (++seen > MaxEntries)
                    throw new InvalidDataException($"the pattern has more than {MaxEntries} candidates");

                if (rest.Length > 0)
                {
                    if (!Directory.Exists(entry))
                        continue;

                    foreach (var match in Expand(entry, rest))
                        yield return match;
                }
                else if (Look(entry) is { } file && !file.Attributes.HasFlag(FileAttributes.Directory))
                {
                    yield return file;
                }
            }
        }
    }

    private static IEnumerable<string> Matches(string folder, string pattern) =>
        Directory.EnumerateFileSystemEntries(folder)
            .Where(entry => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(entry.AsSpan()), ignoreCase: false));

    // A link's own time says when the link was made: the heartbeat is where it leads.
    private static FileSystemInfo? Look(string path)
    {
        FileSystemInfo file = new FileInfo(path);
        try
        {
            if (file.Attributes.HasFlag(FileAttributes.ReparsePoint))
                file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? file;
            return file.Attributes == (FileAttributes)(-1) ? null : file;
        }
        catch (IOException missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
