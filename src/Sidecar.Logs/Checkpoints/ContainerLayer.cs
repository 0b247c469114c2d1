using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Checkpoints;

/// Tells whether a folder lies on the container's own layer rather than on a volume: then it is gone when the container is replaced.
internal static class ContainerLayer
{
    private const int IdField = 0;
    private const int PointField = 4;
    private const string BeforeType = "-";
    private static readonly string[] Layers = ["overlay", "aufs", "fuse.fuse-overlayfs"];

    /// What container engines leave in a container, for those that use other file systems.
    private static readonly string[] Marks = ["/.dockerenv", "/run/.containerenv"];

    public static bool Holds(string folder)
    {
        try
        {
            return FileStat.Of(folder) is { MountId: > 0 } stat
                && Holds(stat.MountId, File.ReadLines("/proc/self/mountinfo"), Marks.Any(File.Exists));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static bool Holds(long mountId, IEnumerable<string> mountInfo, bool isContainer)
    {
        foreach (var line in mountInfo)
        {
            var fields = line.Split(' ');
            if (fields[IdField] != mountId.ToString(System.Globalization.CultureInfo.InvariantCulture))
                continue;

            var type = Array.IndexOf(fields, BeforeType) is var dash and > 0 && dash + 1 < fields.Length ? fields[dash + 1] : "";
            return fields.Length > PointField && fields[PointField] == "/" && (isContainer || Layers.Contains(type));
        }

        return false;
    }
}
