using System.Globalization;

namespace RedisFailover;

/// One row of the table.
internal sealed record FailoverResult(
    Scenario Scenario, string Through, int Run, int Acknowledged, int Failed, int Lost, TimeSpan LongestCall, TimeSpan LongestGap, string Failures)
{
    public bool Holds => Failed == 0 && Lost == 0 && LongestCall < Scenario.LongestAllowed;

    public static void Head()
    {
        Console.WriteLine("| scenario | through | run | writes acknowledged | failed calls | acknowledged writes lost | longest call ms | longest time without an acknowledgement ms | |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
    }

    public void Print()
    {
        string verdict = Through != WayIn.Ambassador ? "" : Holds ? "holds" : "missed";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {Scenario.Name} | {Through} | {Run} | {Acknowledged} | {Failed} | {Lost} | {LongestCall.TotalMilliseconds:0} | {LongestGap.TotalMilliseconds:0} | {verdict}{(Failures.Length > 0 ? $" ({Failures})" : "")} |"));
    }
}
