namespace Sidecar.Logs.Events;

/// A time as a line states it. What the line leaves out is 0: the year of a syslog line, the date of a bare time of day.
internal struct StatedTime
{
    public int Year;
    public int Month;
    public int Day;
    public int Hour;
    public int Minute;
    public int Second;
    public int Millisecond;
    public int OffsetMinutes;

    /// Whether the line names its zone.
    public bool HasOffset;

    /// Milliseconds since 1970 where the line counts those instead; all else is 0 then.
    public long UnixMs;

    public readonly bool HasDate => Month != 0;

    /// Whether such a time exists. A leap second does.
    public readonly bool IsReal
    {
        get
        {
            const int LeapYear = 2000;
            if (Hour > 23 || Minute > 59 || Second > 60)
                return false;
            if (Month == 0)
                return Day == 0 && Year == 0;
            return Month <= 12 && Day >= 1 && (Year == 0 || Year is >= 1970 and <= 9998)
                && Day <= DateTime.DaysInMonth(Year == 0 ? LeapYear : Year, Month);
        }
    }
}
