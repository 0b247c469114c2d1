using System.Diagnostics.CodeAnalysis;

namespace Sidecar.Ambassador.Routes;

/// <summary>
/// Reads the value of a route: one URL or several with <c>;</c>, each with one host or several with <c>,</c>. A fault is a value,
/// and no part of it was in front of the value's last <c>@</c>.
/// </summary>
internal static class UpstreamUrlParser
{
    private static readonly string NoScheme =
        $"a URL with one of the schemes {UpstreamSchemes.All} (a ';' inside a password is written %3B)";

    /// <summary>URLs that differ only in their hosts come back as one, so a Redis route always gets exactly one.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out IReadOnlyList<UpstreamUrl>? urls, [NotNullWhen(false)] out UpstreamFault? fault)
    {
        var read = new List<UpstreamUrl>();
        var expected = "at least one URL";
        var parts = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // Seen before the parts are read: what follows a ';' inside a password is no URL, and the user should hear of the ';' first.
        if (!Array.TrueForAll(parts, part => SplitScheme(part, out _, out _) != null)) (parts, expected) = ([], NoScheme);
        foreach (var part in parts)
        {
            if (ParseOne(part, out expected) is not { } url)
            {
                read.Clear();
                break;
            }

            var same = read.FindIndex(url.IsSameBut);
            if (same < 0) read.Add(url);
            else read[same] = url with { Hosts = [.. read[same].Hosts, .. url.Hosts] };
        }

        if (read.Count > 0) expected = FaultOfAll(read);
        urls = expected == null ? read : null;
        fault = expected == null ? null : new UpstreamFault(Mask(text), expected, UpstreamSchemes.Example(SchemeOf(text)));
        return expected == null;
    }

    /// <summary>The value as it may be shown: everything in front of the last <c>@</c> but a scheme that we know is hidden.</summary>
    public static string Mask(string text)
    {
        var at = text.LastIndexOf('@');
        if (at < 0) return text;
        var isKnown = SplitScheme(text.AsSpan(0, at), out _, out var rest) != null;
        return $"{(isKnown ? text[..(at - rest.Length)] : "")}***{text[at..]}";
    }

    /// <summary>The scheme of the first URL, also when the rest can't be read; null for one that we don't know.</summary>
    public static UpstreamScheme? SchemeOf(string text) => SplitScheme(text.AsSpan().Trim(), out _, out _);

    private static string? FaultOfAll(List<UpstreamUrl> urls)
    {
        var first = urls[0];
        if (urls.Exists(url => url.Scheme != first.Scheme || url.IsSrv != first.IsSrv)) return "the same scheme in each URL";
        if (first.Scheme.IsRedis() && urls.Count > 1)
            return "URLs that differ in nothing but their hosts: the credentials, the master's name and the database are the route's";
        if (urls.Exists(url => (url.Username, url.Password) != (first.Username, first.Password)))
            return "the same user name and password in each URL";
        var hosts = urls.SelectMany(url => url.Hosts.Select(host => (host, url.PathPrefix))).ToList();
        if (hosts.Distinct().Count() != hosts.Count) return "each host once";
        if (first.Scheme is UpstreamScheme.Redis or UpstreamScheme.RedisTls && first.Hosts.Count > 1)
        {
            return "one host: for several Redis servers use redis+sentinel:// (one master with Sentinels), "
                + "redis+cluster:// (shards), or _BACKUP (a second server that takes over)";
        }

        return null;
    }

    private static UpstreamScheme? SplitScheme(ReadOnlySpan<char> text, out bool isSrv, out ReadOnlySpan<char> rest)
    {
        isSrv = text.StartsWith(UpstreamSchemes.Srv, StringComparison.OrdinalIgnoreCase);
        var end = text.IndexOf("://");
        rest = end < 0 ? default : text[(end + 3)..];
        return end < 0 ? null : UpstreamSchemes.Find(text[(isSrv ? UpstreamSchemes.Srv.Length : 0)..end]);
    }

    private static UpstreamUrl? ParseOne(string text, out string? expected)
    {
        if (SplitScheme(text, out var isSrv, out var rest) is not { } scheme)
        {
            expected = NoScheme;
            return null;
        }

        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var path = slash < 0 ? "" : rest[slash..];
        if (path.Contains('@'))
        {
            expected = "user name and password percent-encoded: '/' is written %2F and '@' is written %40";
            return null;
        }

        var url = new UpstreamUrl { Scheme = scheme, IsSrv = isSrv, Hosts = [] };
        var at = authority.IndexOf('@');
        if (at >= 0 && (url = WithUserinfo(url, authority[..at], authority[(at + 1)..], out expected)) == null) return null;
        if (!TryParseHosts(at < 0 ? authority : authority[(at + 1)..], url, out var hosts, out expected)) return null;
        return WithPath(url with { Hosts = hosts }, path, out expected);
    }

    private static UpstreamUrl? WithUserinfo(
        UpstreamUrl url, ReadOnlySpan<char> userinfo, ReadOnlySpan<char> hosts, out string? expected)
    {
        expected = null;
        if (hosts.Contains('@'))
            expected = "one user name and password for all hosts, in front of the first; an '@' inside them is written %40";
        else if (url.Scheme is UpstreamScheme.Tcp or UpstreamScheme.Tls)
            expected = "no user name and password: such a route carries bytes and logs in nowhere";

        var colon = userinfo.IndexOf(':');
        var username = colon < 0 ? userinfo : userinfo[..colon];
        var password = colon < 0 ? "" : userinfo[(colon + 1)..];
        if (expected == null && (!TryUnescape(username, out _) || !TryUnescape(password, out _)))
            expected = "a percent-encoded user name and password: a '%' is written %25";
        if (expected != null) return null;

        TryUnescape(username, out var plainUsername);
        TryUnescape(password, out var plainPassword);
        return url with
        {
            Username = username.IsEmpty ? null : plainUsername,
            Password = colon < 0 ? null : plainPassword,
        };
    }

    private static bool TryUnescape(ReadOnlySpan<char> text, out string plain)
    {
        plain = "";
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%') continue;
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return false;
            i += 2;
        }

        plain = Uri.UnescapeDataString(text);
        return true;
    }

    private static bool TryParseHosts(
        ReadOnlySpan<char> text, UpstreamUrl url, out IReadOnlyList<HostPort> hosts, [NotNullWhen(false)] out string? expected)
    {
        var read = new List<HostPort>();
        hosts = read;
        expected = null;
        foreach (var range in text.Split(','))
        {
            var part = text[range].Trim();
            if (url.IsSrv)
            {
                if (!HostPort.TryParseHost(part, out var name) || part[0] == '[')
                    expected = "the name of an SRV record after srv+, without a port: the record brings the ports";
                else
                    read.Add(new HostPort(name, 0) { IsAbsolute = part[^1] == '.' });
            }
            else if (HostPort.TryParse(part, url.Scheme.DefaultPort(), out var host, out expected))
            {
                read.Add(host);
            }

            if (expected != null) return false;
        }

        return true;
    }

    private static UpstreamUrl? WithPath(UpstreamUrl url, ReadOnlySpan<char> path, out string? expected)
    {
        expected = null;
        if (url.Scheme.IsHttp())
        {
            var prefix = path.TrimEnd('/').ToString();
            if (prefix.AsSpan().ContainsAnyExceptInRange('!', '~') || prefix.AsSpan().ContainsAny('?', '#', '\\'))
                expected = "a path without '?', '#' and blanks: it is put in front of the path of each request";
            return expected == null ? url with { PathPrefix = prefix } : null;
        }

        var parts = path.Trim('/').ToString().Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (url.Scheme.IsSentinel())
        {
            if (parts.Length is 1 or 2 && IsMasterName(parts[0]) && TryParseDatabase(parts.AsSpan(1), out var sentinelDatabase))
                return url with { MasterName = parts[0], Database = sentinelDatabase };
            expected = "the master's name after the Sentinels, and a database number after that if it is not 0";
            return null;
        }

        if (url.Scheme.IsRedis())
        {
            if (TryParseDatabase(parts, out var database) && (database == 0 || !url.Scheme.IsCluster()))
                return url with { Database = database };
            expected = url.Scheme.IsCluster() ? "no path: a cluster has database 0 only" : "nothing but a database number after the host";
            return null;
        }

        if (parts.Length == 0) return url;
        expected = "no path after host and port";
        return null;
    }

    private static bool IsMasterName(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static bool TryParseDatabase(ReadOnlySpan<string> parts, out int database)
    {
        database = 0;
        return parts.Length == 0
            || (parts.Length == 1 && parts[0].Length <= 6 && parts[0].All(char.IsAsciiDigit) && int.TryParse(parts[0], out database));
    }
}
