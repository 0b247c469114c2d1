namespace Sidecar.Logs.Tailing;

/// The files in the folder of a file, under whatever names: where rotation leaves them.
internal static class Siblings
{
    public static IEnumerable<(string Path, FileStat Stat)> Of(string path)
    {
        string[] paths;
        try
        {
            paths = Directory.GetFiles(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (var sibling in paths)
        {
            if (FileStat.Of(sibling) is { IsRegular: true } stat)
                yield return (sibling, stat);
        }
    }
}
