using System.Globalization;

namespace HttpFaults;

/// What callers saw of one fault.
/// <param name="Posts">Null where none were sent.</param>
/// <param name="Holds">Whether that is within the bar.</param>
internal sealed record Outcome(Tally Gets, Tally? Posts, bool Holds)
{
    /// How many POSTs were executed more than once.
    public int Twice { get; init; }

    public string Note { get; init; } = "";

    public static void Head() => Write("fault", "through", "GETs", "failed", "longest", "POSTs", "failed", "twice", "");

    public void Print(string fault, string through) => Write(
        fault, through, Text(Gets.Requests), Text(Gets.Failed), $"{Gets.Longest.TotalMilliseconds:0} ms", Text(Posts?.Requests), Text(Posts?.Failed), Posts == null ? "" : Text(Twice),
        through == WayIn.Ambassador && !Holds ? $"{Note} MISSED" : Note);

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static void Write(string fault, string through, string gets, string failedGets, string longest, string posts, string failedPosts, string twice, string note) =>
        Console.WriteLine($"{fault,-11} {through,-11} {gets,9} {failedGets,8} {longest,10} {posts,9} {failedPosts,8} {twice,7}  {note}");
}
