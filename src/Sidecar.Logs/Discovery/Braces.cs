namespace Sidecar.Logs.Discovery;

/// `{a,b}` in a glob stands for one glob with a and one with b; braces nest, and may hold slashes.
internal static class Braces
{
    private const int MaxGlobs = 1000;

    /// Null, with the fault, when a brace has no partner or there would be more globs than anyone means.
    public static List<string>? Expand(string text, out string? fault)
    {
        var expanded = new List<string>();
        fault = Expand("", text, expanded);
        return fault is null ? expanded : null;
    }

    private static string? Expand(string before, string text, List<string> expanded)
    {
        if (expanded.Count > MaxGlobs)
            return $"stands for more than {MaxGlobs} globs";

        var open = IndexOf(text, 0, static (character, _) => character is '{' or '}');
        if (open < 0)
        {
            expanded.Add(before + text);
            return null;
        }

        if (text[open] == '}')
            return "'}' without '{'";

        var close = IndexOf(text, open + 1, static (character, depth) => character == '}' && depth == 0);
        if (close < 0)
            return "'{' without '}'";

        var from = open + 1;
        while (from <= close)
        {
            var to = IndexOf(text, from, static (character, depth) => depth == 0 && character is ',' or '}');
            if (Expand(before + text[..open], text[from..to] + text[(close + 1)..], expanded) is { } fault)
                return fault;
            from = to + 1;
        }

        return null;
    }

    /// The first character that is wanted, with the number of braces open before it, escaped ones skipped.
    private static int IndexOf(string text, int from, Func<char, int, bool> isWanted)
    {
        var depth = 0;
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (isWanted(text[i], depth))
                return i;
            else if (text[i] == '{')
                depth++;
            else if (text[i] == '}')
                depth--;
        }

        return -1;
    }
}
