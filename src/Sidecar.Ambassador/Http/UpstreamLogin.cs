using System.Text;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// What a route's requests say of who they are: a user name and password (RFC 7617) or a token (RFC 6750). Both may come from a
/// file that changes; of new content that no header can hold the last one stays in use.
/// </summary>
internal sealed class UpstreamLogin
{
    private readonly Func<(string? Username, string Secret)> _read;
    private readonly Func<string?, string, string> _write;
    private volatile Tuple<string?, string, string> _last;

    private UpstreamLogin(Func<(string? Username, string Secret)> read, Func<string?, string, string> write)
    {
        (_read, _write) = (read, write);
        var (username, secret) = read();
        _last = Tuple.Create(username, secret, write(username, secret));
    }

    /// <summary>The value of Authorization, now.</summary>
    public string Header
    {
        get
        {
            var last = _last;
            var (username, secret) = _read();
            if (secret == last.Item2 && username == last.Item1) return last.Item3;
            var header = _write(username, secret);
            if (IsToken(header.AsSpan(header.IndexOf(' ') + 1))) _last = last = Tuple.Create(username, secret, header);
            return last.Item3;
        }
    }

    public static UpstreamLogin Basic(RouteCredentials credentials) => new(
        () => credentials.Current, static (username, password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}")));

    public static UpstreamLogin Bearer(Secret token) => new(() => (null, token.Current), static (_, token) => "Bearer " + token);

    /// <summary>Whether it is one word that a header can hold.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('!', '~');
}
