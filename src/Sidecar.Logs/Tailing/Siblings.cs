using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tailing;

/// The files in the folders of names that are watched, under whatever names: where rotation leaves them. A folder is listed
/// again only when something in it came, went or was renamed.
internal sealed class Siblings(TimeProvider time)
{
    /// A change in the same tick of the file system's clock as the one that was seen would not show.
    private const long ClockSlackMs = 2000;

    private readonly Dictionary<string, long> _listedChangeMs = new(StringComparer.Ordinal);

    public static IEnumerable<(string Path, FileStat Stat)> Of(string path)
    {
        foreach (var sibling in PathsIn(Path.GetDirectoryName(path)!))
        {
            if (FileStat.Of(sibling) is { IsRegular: true } stat)
                yield return (sibling, stat);
        }
    }

    /// The files of a folder if something changed there since the last call.
    public IEnumerable<(string Path, FileStat Stat)> IfChanged(string folder)
    {
        if (FileStat.Of(folder) is not { } stat || _listedChangeMs.GetValueOrDefault(folder) == stat.ModifiedMs)
            return [];

        _listedChangeMs[folder] = stat.ModifiedMs;
        if (time.GetUtcNow().ToUnixTimeMilliseconds() - stat.ModifiedMs < ClockSlackMs)
            LookAgain(folder);
        return Of(Path.Join(folder, "any"));
    }

    /// Lists the folder the next time in any case.
    public void LookAgain(string folder) => _listedChangeMs.Remove(folder);

    private static string[] PathsIn(string folder)
    {
        try
        {
            var paths = RawPath.IsEscaped(folder) ? [] : Directory.GetFiles(folder);
            return RawPath.IsEscaped(folder) || paths.Any(path => RawPath.IsGarbled(path))
                ? [.. RawPath.NamesIn(folder).Where(entry => !entry.IsFolder).Select(entry => Path.Join(folder, entry.Name))]
                : paths;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
