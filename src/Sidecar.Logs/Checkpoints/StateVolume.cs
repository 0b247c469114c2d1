namespace Sidecar.Logs.Checkpoints;

/// Where a folder lies. The layer of a container is gone with the container, and what was remembered there with it.
internal static class StateVolume
{
    private const string Mounts = "/proc/self/mountinfo";

    public static bool IsContainerLayer(string folder)
    {
        try
        {
            return IsContainerLayer(folder, File.ReadLines(Mounts));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// A line reads: id parent device root mount-point options [fields] - type source options.
    public static bool IsContainerLayer(string folder, IEnumerable<string> mounts)
    {
        var (longest, isOverlay) = (-1, false);
        foreach (var line in mounts)
        {
            if (line.Split(" - ", 2) is not [var left, var right] || left.Split(' ') is not { Length: > 4 } fields)
                continue;

            // The last one that is mounted on a place hides those before it.
            var point = fields[4].Replace("\\040", " ", StringComparison.Ordinal);
            if (IsBelow(folder, point) && point.Length >= longest)
                (longest, isOverlay) = (point.Length, right.StartsWith("overlay ", StringComparison.Ordinal) && point == "/");
        }

        return isOverlay;
    }

    private static bool IsBelow(string folder, string point) =>
        point == "/" || folder == point || folder.StartsWith(point + "/", StringComparison.Ordinal);
}
