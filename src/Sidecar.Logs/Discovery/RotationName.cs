using System.Buffers;

namespace Sidecar.Logs.Discovery;

/// Knows the names that rotation gives a file: `app.log.1`, `app.log-20260102`, `app-20260102.log`, `app.1.log`, `app.log.old`.
internal static class RotationName
{
    private static readonly SearchValues<char> OfMarks = SearchValues.Create("0123456789.-_:TZ");

    public static bool IsOf(string path, string sibling)
    {
        var name = Path.GetFileName(path.AsSpan());
        var other = Path.GetFileName(sibling.AsSpan());
        if (other.StartsWith(name, StringComparison.Ordinal))
            return IsMark(other[name.Length..]);

        var ending = Path.GetExtension(name);
        var stem = name[..^ending.Length];
        return ending.Length > 0 && stem.Length > 0 && other.Length > name.Length
            && other.StartsWith(stem, StringComparison.Ordinal) && other.EndsWith(ending, StringComparison.Ordinal)
            && IsMark(other[stem.Length..^ending.Length]);
    }

    /// A number or a date, after something that sets it apart.
    private static bool IsMark(ReadOnlySpan<char> mark)
    {
        if (mark.Length < 2 || mark[0] is not ('.' or '-' or '_'))
            return false;

        var text = mark[1..];
        return text.SequenceEqual("old") || (text.ContainsAnyInRange('0', '9') && !text.ContainsAnyExcept(OfMarks));
    }
}
