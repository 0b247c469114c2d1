namespace Sidecar.Logs.Discovery;

/// Says which files exist for which source. A file belongs to the first source that names it; what the agent writes itself is
/// never one of them, and neither is a compressed file.
internal sealed class FileScan(IReadOnlyList<LogSource> sources, IReadOnlyList<string> ownPaths, TimeProvider time)
{
    private static readonly string[] Compressed = [".gz", ".zst", ".xz", ".bz2", ".lz4", ".zip"];

    private readonly FolderStamps _folders = new(time);
    private readonly HashSet<string> _denied = new(StringComparer.Ordinal);
    private Dictionary<string, LogSource> _found = [];

    /// Folders that may not be looked into.
    public IReadOnlyCollection<string> Denied => _denied;

    /// Every matching path that exists now, with its source. Folders are only walked again when one of them has changed.
    public IReadOnlyDictionary<string, LogSource> Run()
    {
        if (!_folders.HaveChanged())
            return _found;

        _folders.Clear();
        _denied.Clear();
        var found = new Dictionary<string, LogSource>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var glob in source.Paths)
            {
                glob.Find(
                    path =>
                    {
                        if (!found.ContainsKey(path) && IsWanted(path, source))
                            found.Add(path, source);
                    },
                    folder =>
                    {
                        if (!_folders.TryTake(folder))
                            _denied.Add(folder);
                    },
                    denied => _denied.Add(denied));
            }
        }

        return _found = found;
    }

    /// The source that a path belongs to, whether the file exists or not.
    public LogSource? SourceOf(string path) =>
        sources.FirstOrDefault(source => source.Paths.Any(glob => glob.Matches(path)) && IsWanted(path, source));

    public static bool IsCompressed(string path) => Compressed.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private bool IsWanted(string path, LogSource source)
    {
        foreach (var own in ownPaths)
        {
            if (path.StartsWith(own, StringComparison.Ordinal) && (path.Length == own.Length || path[own.Length] == '/'))
                return false;
        }

        if (IsCompressed(path))
            return false;

        foreach (var exclude in source.Exclude)
        {
            if (exclude.Matches(path))
                return false;
        }

        return true;
    }
}
