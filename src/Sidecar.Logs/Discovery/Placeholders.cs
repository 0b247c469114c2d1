using System.Text;

namespace Sidecar.Logs.Discovery;

/// The names in braces that the names of groups and streams may be made of.
internal static class Placeholders
{
    public const string Hostname = "hostname";
    public const string File = "file";
    public const string Path = "path";
    public const string Source = "source";
    public const string Date = "date";
    public const string Pod = "pod";
    public const string Namespace = "namespace";
    public const string Container = "container";
    public const string Node = "node";
    public const string Task = "task";
    public const string Family = "family";
    public const string Cluster = "cluster";

    private static readonly string[] Names =
        [Hostname, File, Path, Source, Date, Pod, Namespace, Container, Node, Task, Family, Cluster];

    /// As a person would write them.
    public static string Shown => string.Join(", ", Names.Select(name => "{" + name + "}"));

    /// Those that a text has; null when it has others, or a brace is not closed.
    public static IReadOnlyList<string>? In(string text)
    {
        var found = new List<string>();
        for (var open = text.IndexOf('{'); open >= 0; open = text.IndexOf('{', open + 1))
        {
            var close = text.IndexOf('}', open);
            if (close < 0 || !Names.Contains(text[(open + 1)..close]))
                return null;
            found.Add(text[(open + 1)..close]);
        }

        return found;
    }

    /// Null when a value is not known, or not yet.
    public static string? Fill(string text, Func<string, string?> valueOf)
    {
        if (!text.Contains('{', StringComparison.Ordinal))
            return text;

        var filled = new StringBuilder(text.Length + 64);
        var at = 0;
        for (var open = text.IndexOf('{'); open >= 0; open = text.IndexOf('{', at))
        {
            var close = text.IndexOf('}', open);
            if (valueOf(text[(open + 1)..close]) is not { } value)
                return null;
            filled.Append(text, at, open - at).Append(value);
            at = close + 1;
        }

        return filled.Append(text, at, text.Length - at).ToString();
    }
}
