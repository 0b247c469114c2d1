using System.Text;

namespace Demo;

/// The promises as a table for people.
internal static class PromiseTable
{
    public static string Render(IReadOnlyList<Promise> promises)
    {
        var promised = promises.Max(promise => promise.Promised.Length);
        var counted = promises.Max(promise => promise.Counted.Length);
        var rule = $"+-{new string('-', promised)}-+-{new string('-', counted)}-+------+";
        var table = new StringBuilder().AppendLine(rule)
            .AppendLine($"| {"promised".PadRight(promised)} | {"counted".PadRight(counted)} | held |")
            .AppendLine(rule);
        foreach (var promise in promises)
            table.AppendLine($"| {promise.Promised.PadRight(promised)} | {promise.Counted.PadRight(counted)} | {(promise.Held ? "yes " : "NO  ")} |");
        return table.Append(rule).ToString();
    }
}
