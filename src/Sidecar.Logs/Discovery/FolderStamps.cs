namespace Sidecar.Logs.Discovery;

/// Says whether anything came, went or was renamed in the folders that a walk went through, which costs a look at each folder
/// instead of one at each file.
internal sealed class FolderStamps(TimeProvider time)
{
    /// A change in the same tick of the volume's clock as one that was seen would not show.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(2);

    /// A volume whose clock is not ours may hide a change all the same.
    private static readonly TimeSpan LongestTrust = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, DateTime> _stamps = new(StringComparer.Ordinal);
    private DateTime _takenAt;

    /// A new walk begins.
    public void Clear()
    {
        _stamps.Clear();
        _takenAt = time.GetUtcNow().UtcDateTime;
    }

    /// To be called before the folder is listed. One that is not there, or can't be looked at, has a stamp, too; false for the latter.
    public bool TryTake(string folder)
    {
        var stamp = StampOf(folder);
        _stamps.TryAdd(folder, stamp ?? default);
        return stamp is not null;
    }

    public bool HaveChanged()
    {
        if (_stamps.Count == 0 || time.GetUtcNow().UtcDateTime - _takenAt >= LongestTrust)
            return true;

        foreach (var (folder, stamp) in _stamps)
        {
            if (stamp > _takenAt - ClockSlack || RawPath.IsEscaped(folder) || (StampOf(folder) ?? default) != stamp)
                return true;
        }

        return false;
    }

    private static DateTime? StampOf(string folder)
    {
        try
        {
            return Directory.GetLastWriteTimeUtc(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }
}
