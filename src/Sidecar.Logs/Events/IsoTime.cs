namespace Sidecar.Logs.Events;

/// `2026-01-02T03:04:05.678Z`, with a blank for the T, slashes for the dashes, a comma for the point, any number of decimals or
/// none, and Z, an offset, UTC, or no zone.
internal static class IsoTime
{
    private const int ShortestLength = 19;
    private const int ClockAt = 11;

    /// At the beginning of the text; length is how much of it the time takes.
    public static bool TryRead(ReadOnlySpan<byte> text, out StatedTime time, out int length)
    {
        time = default;
        length = 0;
        if (text.Length < ShortestLength || text[4] is not ((byte)'-' or (byte)'/') || text[7] != text[4]
            || text[10] is not ((byte)'T' or (byte)' ' or (byte)'t'))
        {
            return false;
        }

        var at = ClockAt;
        if (!TimeText.TryFour(text, 0, out time.Year) || !TimeText.TryTwo(text, 5, out time.Month) || !TimeText.TryTwo(text, 8, out time.Day)
            || !TimeText.TryClock(text, ref at, ref time) || time.Year == 0 || time.Month == 0 || !time.IsReal)
        {
            return false;
        }

        TimeText.Offset(text, ref at, ref time);
        length = at;
        return true;
    }
}
