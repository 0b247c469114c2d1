using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Endpoints.Relay;

/// The hosts that strangers may have asked through us: names, addresses, or *.suffix, each with a port or for all ports.
internal sealed class RelayTargets
{
    private readonly IReadOnlyList<string> _hosts;

    private RelayTargets(IReadOnlyList<string> hosts) => _hosts = hosts;

    public bool IsEmpty => _hosts.Count == 0;

    public static Parsed<RelayTargets> Read(string text)
    {
        var hosts = ValueForms.List(text);
        return hosts.All(IsHost)
            ? Parsed.Right(new RelayTargets(hosts))
            : Parsed.Wrong<RelayTargets>("hosts are expected, separated by ;, each with a port or without, or *.suffix (a lone * would make us a relay to everywhere)");
    }

    public bool Allow(Uri url) => Allow(url.IdnHost, url.Port);

    public bool Allow(string host, int port) => _hosts.Any(allowed =>
    {
        var (name, only) = Split(allowed);
        return (only is null || only == port)
            && (name.StartsWith("*.", StringComparison.Ordinal)
                ? host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase)
                : host.Equals(name, StringComparison.OrdinalIgnoreCase));
    });

    private static bool IsHost(string item)
    {
        var name = Split(item).Host;
        return Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) != UriHostNameType.Unknown && name != "*";
    }

    private static (string Host, int? Port) Split(string item)
    {
        var colon = item.LastIndexOf(':');
        var isAddress = item.Count(character => character == ':') > 1 && !item.StartsWith('[');
        return !isAddress && colon > 0 && int.TryParse(item.AsSpan(colon + 1), out var port)
            ? (item[..colon].Trim('[', ']'), port)
            : (item.Trim('[', ']'), null);
    }
}
