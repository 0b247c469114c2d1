using System.IO.Enumeration;

namespace Sidecar.Logs.Discovery;

/// A path with wildcards: `*`, `?` and `[..]` within one name, `**` for any number of folders, `{a,b}` for either.
/// It finds what is there now; folders that do not exist yet are nothing, not a fault.
internal sealed class Glob
{
    private const string AnyFolders = "**";

    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
    };

    // A null stands for `**`.
    private readonly NamePattern?[] _parts;

    private Glob(string text, NamePattern?[] parts)
    {
        Text = text;
        _parts = parts;
    }

    public string Text { get; }

    /// The globs that a text stands for, braces expanded; null and the fault when it is not one. A relative path starts at the
    /// working folder.
    public static IReadOnlyList<Glob>? TryParse(string text, out string? fault)
    {
        if (Braces.Expand(text, out fault) is not { } expanded)
            return null;

        var globs = new List<Glob>(expanded.Count);
        foreach (var one in expanded)
        {
            var names = Path.GetFullPath(one).Split('/', StringSplitOptions.RemoveEmptyEntries);
            var parts = new NamePattern?[names.Length];
            for (var i = 0; i < names.Length; i++)
            {
                if (names[i] == AnyFolders)
                    continue;
                parts[i] = NamePattern.TryParse(names[i], out fault);
                if (fault is not null)
                    return null;
            }

            if (parts.Length == 0)
            {
                fault = "names no file";
                return null;
            }

            globs.Add(new Glob(text, parts));
        }

        return globs;
    }

    public bool Matches(string path)
    {
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Matches(names, 0, 0);
    }

    /// Every file, of whatever kind, that matches now. Each folder on which that depends is named before it is looked into,
    /// and each one that may not be.
    public void Find(Action<string> found, Action<string> looking, Action<string> denied) => Find("/", 0, new Search(found, looking, denied));

    private bool Matches(string[] names, int name, int part)
    {
        for (; part < _parts.Length; part++, name++)
        {
            if (_parts[part] is { } pattern)
            {
                if (name == names.Length || !pattern.Matches(names[name]))
                    return false;
                continue;
            }

            for (var skip = name; skip <= names.Length; skip++)
            {
                if (part == _parts.Length - 1 ? skip < names.Length : Matches(names, skip, part + 1))
                    return true;
                if (skip < names.Length && names[skip].StartsWith('.'))
                    return false;
            }

            return false;
        }

        return name == names.Length;
    }

    private void Find(string folder, int part, Search search)
    {
        var isLast = part == _parts.Length - 1;
        if (isLast || _parts[part]?.Literal is null)
            search.Looking(folder);
        if (_parts[part] is not { } pattern)
        {
            if (!isLast)
                Find(folder, part + 1, search);
            foreach (var entry in Entries(folder, null, search))
            {
                // Links are not followed below `**`: they may lead in circles.
                if (entry.IsRealFolder)
                    Find(entry.Path, part, search);
                else if (isLast && !entry.IsFolder)
                    search.Found(entry.Path);
            }
        }
        else if (pattern.Literal is { } name)
        {
            var path = Path.Join(folder, name);
            if (!isLast)
                Find(path, part + 1, search);
            else if (RawPath.IsEscaped(path) ? RawPath.NamesIn(folder).Contains((name, false)) : File.Exists(path))
                search.Found(path);
        }
        else
        {
            foreach (var entry in Entries(folder, pattern, search))
            {
                if (isLast && !entry.IsFolder)
                    search.Found(entry.Path);
                else if (!isLast && entry.IsFolder)
                    Find(entry.Path, part + 1, search);
            }
        }
    }

    private static List<Entry> Entries(string folder, NamePattern? pattern, Search search)
    {
        if (RawPath.IsEscaped(folder))
            return RawEntries(folder, pattern);
        if (!Directory.Exists(folder))
            return [];

        var hasGarbled = false;
        try
        {
            var entries = new FileSystemEnumerable<Entry>(
                folder,
                static (ref FileSystemEntry entry) => new Entry(
                    entry.ToFullPath(),
                    entry.IsDirectory,
                    entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
                Everything)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                {
                    hasGarbled |= RawPath.IsGarbled(entry.FileName);
                    return IsWanted(entry.FileName, pattern);
                },
            };
            List<Entry> found = [.. entries];
            return hasGarbled ? RawEntries(folder, pattern) : found;
        }
        catch (UnauthorizedAccessException)
        {
            search.Denied(folder);
            return [];
        }
        catch (IOException)
        {
            // Gone between the two looks; the next scan finds what is there then.
            return [];
        }
    }

    /// Slower, and a link to a folder is not known as one.
    private static List<Entry> RawEntries(string folder, NamePattern? pattern) =>
    [
        .. RawPath.NamesIn(folder)
            .Where(entry => IsWanted(entry.Name, pattern))
            .Select(entry => new Entry(Path.Join(folder, entry.Name), entry.IsFolder, entry.IsFolder)),
    ];

    private static bool IsWanted(ReadOnlySpan<char> name, NamePattern? pattern) =>
        pattern is null ? !name.StartsWith('.') : pattern.Matches(name);

    private sealed record Search(Action<string> Found, Action<string> Looking, Action<string> Denied);

    private readonly record struct Entry(string Path, bool IsFolder, bool IsRealFolder);
}
