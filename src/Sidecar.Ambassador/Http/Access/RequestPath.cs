using System.Globalization;
using System.Text;

namespace Sidecar.Ambassador.Http.Access;

/// <summary>
/// The path of a request in all the ways in which a server may read it. What goes to the endpoint stays as it was written, so a
/// rule has to hold for each of them.
/// </summary>
/// <param name="AsWritten">Decoded once; an encoded slash is no slash.</param>
/// <param name="Resolved">The same without <c>.</c> and <c>..</c>.</param>
/// <param name="Lenient">Decoded until nothing is encoded, a backslash is a slash, and what follows a ';', '?' or '#' in a segment is gone.</param>
internal readonly record struct RequestPath(string AsWritten, string Resolved, string Lenient)
{
    /// <summary>There is only one way to read it.</summary>
    public bool IsPlain => ReferenceEquals(AsWritten, Lenient);

    private static readonly char[] Ends = [';', '?', '#'];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="path">The target without its query.</param>
    /// <returns>Null for a path that no proper client sends: broken or control characters, or one that leaves the root.</returns>
    public static RequestPath? Read(string path)
    {
        if (!IsOdd(path)) return new RequestPath(path, path, path);
        if (path.AsSpan().ContainsAnyExceptInRange('!', '~') || path.AsSpan().ContainsAny('\\', '#')) return null;
        if (Decode(path, isFirst: true) is not { } written || Resolve(written) is not { } resolved) return null;
        var lenient = written;
        for (var before = ""; before != lenient && lenient.Contains('%', StringComparison.Ordinal);)
        {
            if (Decode(before = lenient, isFirst: false) is not { } decoded) return null;
            lenient = decoded;
        }

        return Resolve(WithoutParameters(lenient.Replace('\\', '/'))) is { } safe ? new RequestPath(written, resolved, safe) : null;
    }

    /// <summary>Percent-decodes once; null when that gives no text.</summary>
    /// <param name="isFirst">An encoded slash or backslash stays as it is, and a '%' that encodes nothing is a fault.</param>
    public static string? Decode(string text, bool isFirst)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (value == '%')
            {
                if (i + 2 < bytes.Length && byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var encoded))
                {
                    if (encoded is < (byte)' ' or 0x7f) return null;
                    i += 2;
                    if (isFirst && encoded is (byte)'/' or (byte)'\\')
                    {
                        (encoded == '/' ? "%2F"u8 : "%5C"u8).CopyTo(bytes.AsSpan(length));
                        length += 3;
                        continue;
                    }

                    value = encoded;
                }
                else if (isFirst)
                {
                    return null;
                }
            }

            bytes[length++] = value;
        }

        try
        {
            return Strict.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // Whether there is anything that two servers could read in two ways, but for empty segments.
    private static bool IsOdd(string path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            if (c is <= ' ' or > '~' or '%' or ';' or '\\' or '#' || (c == '.' && i > 0 && path[i - 1] == '/')) return true;
        }

        return false;
    }

    private static string? Resolve(string path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal)) return path;
        var kept = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".") continue;
            if (segment != "..")
            {
                kept.Add(segment);
                continue;
            }

            if (kept.Count == 0) return null;
            kept.RemoveAt(kept.Count - 1);
        }

        return "/" + string.Join('/', kept);
    }

    private static string WithoutParameters(string path) => path.IndexOfAny(Ends) < 0
        ? path
        : string.Join('/', path.Split('/').Select(segment => segment.Split(Ends, 2)[0]));
}
