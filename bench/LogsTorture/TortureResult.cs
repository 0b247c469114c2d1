using System.Globalization;

namespace LogsTorture;

/// One row of the table; where a bar is missed, also what the agent that ran last said.
internal sealed record TortureResult(
    Scenario Scenario, int Lines, int Rotations, Account Account, double PeakMegabytes, int ExitCode, int RuleViolations, string Transcript)
{
    public bool Holds =>
        Account is { Lost: 0, Changed: 0, OutOfOrder: 0 } && Account.BatchesRepeated <= Scenario.RepeatsAllowed
        && ExitCode == 0 && RuleViolations == 0;

    public static void Head()
    {
        Console.WriteLine("| scenario | lines | rotations | lost | duplicated | batches repeated (allowed) | changed | out of order | peak RSS MB | |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
    }

    public void Print()
    {
        var trouble = (ExitCode == 0 ? "" : $", exit code {ExitCode}") + (RuleViolations == 0 ? "" : $", {RuleViolations} rules of the service broken");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {Scenario.Name} | {Lines} | {Rotations} | {Account.Lost} | {Account.Duplicated} | {Account.BatchesRepeated} ({Scenario.RepeatsAllowed}) | {Account.Changed} | {Account.OutOfOrder} | {PeakMegabytes:0} | {(Holds ? "holds" : "missed")}{trouble} |"));
        if (Holds)
            return;

        foreach (var line in Account.Misplaced)
            Console.Error.WriteLine(line);
        Console.Error.WriteLine(Transcript);
    }
}
