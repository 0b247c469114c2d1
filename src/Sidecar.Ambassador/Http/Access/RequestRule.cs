namespace Sidecar.Ambassador.Http.Access;

/// <summary>Some methods of some paths: <c>GET /prices/**</c>, <c>PUT,POST /orders/*</c>, <c>* /admin/**</c>. GET means HEAD too.</summary>
/// <param name="Methods">Empty for all.</param>
/// <param name="Text">As the user wrote it.</param>
internal sealed record RequestRule(IReadOnlyList<string> Methods, PathPattern Path, string Text)
{
    public const string Form = "rules of methods and a path, split at newlines if there is one, else at ;: methods joined by ',' or * for all, * in a path for anything within a segment, ** for any number of segments";

    public static RequestRule? Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length != 2 || PathPattern.Parse(words[1]) is not { } path) return null;
        if (words[0] == "*") return new RequestRule([], path, text);
        var methods = words[0].Split(',').ToList();
        if (!methods.TrueForAll(method => method.Length > 0 && method.All(char.IsAsciiLetterUpper))) return null;
        if (methods.Contains("GET")) methods.Add("HEAD");
        return new RequestRule(methods, path, text);
    }

    /// <param name="ignoreCase">Where the rule is to refuse, what differs in case only is the same: some servers see it so.</param>
    public bool Takes(string method, ReadOnlySpan<char> path, bool ignoreCase)
    {
        if (Methods.Count == 0) return Path.Matches(path, ignoreCase);
        foreach (var one in Methods)
        {
            if (one.Equals(method, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)) return Path.Matches(path, ignoreCase);
        }

        return false;
    }
}
