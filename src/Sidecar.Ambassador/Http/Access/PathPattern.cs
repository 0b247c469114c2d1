using System.IO.Enumeration;

namespace Sidecar.Ambassador.Http.Access;

/// <summary>A path with wildcards: <c>*</c> is anything within a segment, <c>**</c> any number of segments, also none.</summary>
internal sealed class PathPattern
{
    public const string Form = "a path that begins with '/', with * for anything within a segment and ** for any number of segments";

    private const string Any = "**";

    private readonly string[] _segments;

    private PathPattern(string[] segments) => _segments = segments;

    /// <summary>Null for what no path looks like.</summary>
    public static PathPattern? Parse(string text)
    {
        if (!text.StartsWith('/') || text.AsSpan().IndexOfAny("?#\\") >= 0 || RequestPath.Decode(text, isFirst: true) is not { } plain) return null;
        var segments = plain.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Array.Exists(segments, segment => segment is "." or ".." || (segment != Any && segment.Contains(Any, StringComparison.Ordinal))) ? null : new PathPattern(segments);
    }

    /// <param name="path">Its empty segments do not count.</param>
    public bool Matches(ReadOnlySpan<char> path, bool ignoreCase)
    {
        // As far as it goes; where it goes no further, the last ** takes one segment more.
        var at = 0;
        var retry = -1;
        var retryPath = path;
        while (true)
        {
            if (at < _segments.Length && _segments[at] == Any)
            {
                retry = ++at;
                retryPath = path;
                continue;
            }

            var rest = path.TrimStart('/');
            if (rest.IsEmpty && at == _segments.Length) return true;
            if (!rest.IsEmpty && at < _segments.Length && IsLike(_segments[at], First(rest), ignoreCase))
            {
                at++;
                path = rest[First(rest).Length..];
                continue;
            }

            retryPath = retryPath.TrimStart('/');
            if (retry < 0 || retryPath.IsEmpty) return false;
            path = retryPath = retryPath[First(retryPath).Length..];
            at = retry;
        }
    }

    private static ReadOnlySpan<char> First(ReadOnlySpan<char> path) => path.IndexOf('/') is var slash and >= 0 ? path[..slash] : path;

    private static bool IsLike(string pattern, ReadOnlySpan<char> segment, bool ignoreCase) => pattern.Contains('*', StringComparison.Ordinal)
        ? FileSystemName.MatchesSimpleExpression(pattern, segment, ignoreCase)
        : segment.Equals(pattern, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
