using System.Globalization;

namespace Demo;

/// One call as the app's journal has it.
internal readonly record struct AppCall(DateTimeOffset Start, TimeSpan Took, string Kind, string Outcome)
{
    public bool IsOk => Outcome == "ok";

    public DateTimeOffset End => Start + Took;

    public static AppCall Parse(string line)
    {
        var parts = line.Split('\t', 4);
        return new AppCall(
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0], CultureInfo.InvariantCulture)),
            TimeSpan.FromMilliseconds(long.Parse(parts[1], CultureInfo.InvariantCulture)),
            parts[2],
            parts[3]);
    }
}
