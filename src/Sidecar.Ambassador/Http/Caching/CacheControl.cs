using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// The directives of a Cache-Control header (RFC 9111, section 5.2; RFC 5861), of a request or of an answer. Of two that disagree
/// the stricter one counts, an age that is no number is none at all, and what is not known is left out.
/// </summary>
internal record struct CacheControl
{
    public bool NoStore { get; private set; }

    public bool NoCache { get; private set; }

    public bool Private { get; private set; }

    public bool Public { get; private set; }

    public bool MustRevalidate { get; private set; }

    public bool ProxyRevalidate { get; private set; }

    public bool MustUnderstand { get; private set; }

    public bool OnlyIfCached { get; private set; }

    public TimeSpan? MaxAge { get; private set; }

    public TimeSpan? SharedMaxAge { get; private set; }

    public TimeSpan? MinFresh { get; private set; }

    public TimeSpan? MaxStale { get; private set; }

    public TimeSpan? StaleWhileRevalidate { get; private set; }

    public TimeSpan? StaleIfError { get; private set; }

    /// <summary>What a request asks for; those who know only HTTP/1.0 say it with Pragma.</summary>
    public static CacheControl OfRequest(IHeaderDictionary headers)
    {
        var control = Parse(headers.CacheControl);
        if (headers.CacheControl.Count == 0 && headers.Pragma.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase)) control.NoCache = true;
        return control;
    }

    public static CacheControl Parse(StringValues lines)
    {
        var control = default(CacheControl);
        foreach (var line in lines)
        {
            var rest = line.AsSpan();
            while (!rest.IsEmpty)
            {
                var end = EndOfDirective(rest);
                control.Add(rest[..end]);
                rest = end < rest.Length ? rest[(end + 1)..] : default;
            }
        }

        return control;
    }

    /// <summary>A number of seconds; null for anything else.</summary>
    public static TimeSpan? Seconds(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9')) return null;
        return TimeSpan.FromSeconds(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : int.MaxValue);
    }

    private static int EndOfDirective(ReadOnlySpan<char> line)
    {
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"') isQuoted = !isQuoted;
            else if (line[i] == ',' && !isQuoted) return i;
        }

        return line.Length;
    }

    private void Add(ReadOnlySpan<char> directive)
    {
        var equals = directive.IndexOf('=');
        var name = (equals < 0 ? directive : directive[..equals]).Trim();
        var value = equals < 0 ? default : directive[(equals + 1)..].Trim().Trim('"');
        if (Is(name, "no-store")) NoStore = true;
        else if (Is(name, "no-cache")) NoCache = true;
        else if (Is(name, "private")) Private = true;
        else if (Is(name, "public")) Public = true;
        else if (Is(name, "must-revalidate")) MustRevalidate = true;
        else if (Is(name, "proxy-revalidate")) ProxyRevalidate = true;
        else if (Is(name, "must-understand")) MustUnderstand = true;
        else if (Is(name, "only-if-cached")) OnlyIfCached = true;
        else if (Is(name, "max-age")) MaxAge = Lesser(MaxAge, Seconds(value) ?? TimeSpan.Zero);
        else if (Is(name, "s-maxage")) SharedMaxAge = Lesser(SharedMaxAge, Seconds(value) ?? TimeSpan.Zero);
        else if (Is(name, "max-stale")) MaxStale = Lesser(MaxStale, equals < 0 ? TimeSpan.MaxValue : Seconds(value) ?? TimeSpan.Zero);
        else if (Is(name, "stale-while-revalidate")) StaleWhileRevalidate = Lesser(StaleWhileRevalidate, Seconds(value) ?? TimeSpan.Zero);
        else if (Is(name, "stale-if-error")) StaleIfError = Lesser(StaleIfError, Seconds(value) ?? TimeSpan.Zero);
        else if (Is(name, "min-fresh") && Seconds(value) is { } fresh && !(MinFresh > fresh)) MinFresh = fresh;
    }

    private static bool Is(ReadOnlySpan<char> name, string directive) => name.Equals(directive, StringComparison.OrdinalIgnoreCase);

    private static TimeSpan Lesser(TimeSpan? before, TimeSpan now) => before < now ? before.Value : now;
}
