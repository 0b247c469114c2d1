using System.Globalization;

namespace AdapterBars;

/// One row of the table: what was measured, and the most it may be where a bar is set.
internal sealed record Figure(string Subject, string What, double Value, string Unit, double? Bar = null)
{
    public static void Head()
    {
        Console.WriteLine("| subject | what | measured | bar | |");
        Console.WriteLine("|---|---|---|---|---|");
    }

    public void Print()
    {
        var verdict = Bar is not { } bar ? "" : Value <= bar ? "holds" : "missed";
        Console.WriteLine($"| {Subject} | {What} | {Text(Value)} | {(Bar is { } most ? Text(most) : "")} | {verdict} |");
    }

    private string Text(double value) =>
        string.Create(CultureInfo.InvariantCulture, $"{(value >= 100 ? value.ToString("N0", CultureInfo.InvariantCulture) : value.ToString("0.###", CultureInfo.InvariantCulture))} {Unit}").TrimEnd();
}
