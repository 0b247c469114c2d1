namespace Sidecar.Logs.Events;

/// Makes moments of the times that lines state: fills in the year, the date and the zone where they leave them out. Of the two
/// moments that the hour at the end of summer time can mean, it takes the one that goes on from the line before. Remembers the
/// last minute that it looked up, and so is for one thread.
internal sealed class WallClock(TimeZoneInfo zone)
{
    private const long MinuteMs = 60_000;
    private const long DayMs = 24 * 60 * MinuteMs;

    // Times that go back a little are late lines; the same hour for the second time goes back by much more.
    private const long LatenessMs = MinuteMs;
    private const long LiveMs = 2 * MinuteMs;
    private const long LongPauseMs = 30 * MinuteMs;

    private readonly bool _isUtc = zone.HasSameRules(TimeZoneInfo.Utc);
    private long _lastLocalMinute = long.MinValue;
    private long _lastOffsetMs;
    private long _lastOtherOffsetMs;

    /// ReadMs is the time of reading; lastMs that of the last line of the file that stated one, or 0.
    public long ToUnixMs(in StatedTime time, long readMs, long lastMs)
    {
        if (time.UnixMs != 0)
            return time.UnixMs;
        if (!time.HasDate)
            return LatestDay(time, readMs, lastMs);
        if (time.Year == 0)
            return LatestYear(time, readMs, lastMs);
        return Moment(time, new DateTime(time.Year, time.Month, time.Day), readMs, lastMs);
    }

    private long Moment(in StatedTime time, DateTime date, long readMs, long lastMs)
    {
        // A leap second is the last one of its minute: there is no other number for it.
        var localMs = ((date.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond)
            + ((((time.Hour * 60L) + time.Minute) * 60) + Math.Min(time.Second, 59)) * 1000 + time.Millisecond;
        if (time.HasOffset)
            return localMs - (time.OffsetMinutes * MinuteMs);
        return _isUtc ? localMs : InZone(localMs, readMs, lastMs);
    }

    private long InZone(long localMs, long readMs, long lastMs)
    {
        var minute = localMs / MinuteMs;
        if (minute != _lastLocalMinute)
        {
            LookUp(localMs);
            _lastLocalMinute = minute;
        }

        if (_lastOffsetMs == _lastOtherOffsetMs)
            return localMs - _lastOffsetMs;

        var first = localMs - _lastOffsetMs;
        var second = localMs - _lastOtherOffsetMs;
        var goesOn = lastMs == 0 || first >= lastMs - LatenessMs ? first : second;
        // A file that was quiet may have slept through the first of the two hours.
        return goesOn == first && (lastMs == 0 || first - lastMs > LongPauseMs) && Math.Abs(readMs - second) <= LiveMs ? second : goesOn;
    }

    private void LookUp(long localMs)
    {
        var local = DateTime.SpecifyKind(DateTime.UnixEpoch.AddMilliseconds(localMs), DateTimeKind.Unspecified);
        if (zone.IsAmbiguousTime(local))
        {
            var offsets = zone.GetAmbiguousTimeOffsets(local);
            _lastOffsetMs = (long)offsets.Max().TotalMilliseconds;
            _lastOtherOffsetMs = (long)offsets.Min().TotalMilliseconds;
        }
        else
        {
            _lastOffsetMs = _lastOtherOffsetMs = (long)zone.GetUtcOffset(local).TotalMilliseconds;
        }
    }

    /// The last year in which it is not later than a day from now: on New Year's Day `Dec 31` is last year's.
    private long LatestYear(in StatedTime time, long readMs, long lastMs)
    {
        var year = DateTime.UnixEpoch.AddMilliseconds(readMs + DayMs).Year;
        while (time.Day > DateTime.DaysInMonth(year, time.Month))
            year--;
        var moment = Moment(time, new DateTime(year, time.Month, time.Day), readMs, lastMs);
        if (moment <= readMs + DayMs)
            return moment;

        do
            year--;
        while (time.Day > DateTime.DaysInMonth(year, time.Month));
        return Moment(time, new DateTime(year, time.Month, time.Day), readMs, lastMs);
    }

    /// The last day on which it is not later than in a few minutes.
    private long LatestDay(in StatedTime time, long readMs, long lastMs)
    {
        var today = DateTime.UnixEpoch.AddMilliseconds(readMs + DayMs).Date;
        for (var days = 0; ; days++)
        {
            var moment = Moment(time, today.AddDays(-days), readMs, lastMs);
            if (moment <= readMs + LiveMs || days == 3)
                return moment;
        }
    }
}
