using Sidecar.Ambassador.Http.Access;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http.Sharing;

/// <summary>What tells the routes of one listener apart.</summary>
internal static class SharingSettings
{
    private const string HostForm = "host names, or *.suffix for all below one, split at newlines if there is one, else at ;";
    private const string PathForm = "beginnings of paths in whole segments, without wildcards, split at newlines if there is one, else at ;";

    public static readonly Setting<IReadOnlyList<string>> Hosts = AmbassadorSettings.Route.Of<IReadOnlyList<string>>(
        "HOSTS", HostForm, "", "Which Host headers are the route's, so that several routes can share a listener. A name goes before a suffix, a longer suffix before a shorter one. Unset: all.",
        ReadHosts, "shop.internal;*.shop.internal", shared: false, AmbassadorSettings.Http);

    public static readonly Setting<IReadOnlyList<string>> Paths = AmbassadorSettings.Route.Of<IReadOnlyList<string>>(
        "PATHS", PathForm, "", "Which paths are the route's, so that several routes can share a listener; the longest wins. The path goes on as it is. Unset: all.",
        ReadPaths, "/orders;/v2/orders", shared: false, AmbassadorSettings.Http);

    public static IReadOnlyList<ISetting> All { get; } = [Hosts, Paths];

    private static Parsed<IReadOnlyList<string>> ReadHosts(string text)
    {
        var hosts = new List<string>();
        foreach (var part in ValueForms.List(text))
        {
            var isSuffix = part.StartsWith("*.", StringComparison.Ordinal);
            if (!HostPort.TryParseHost(isSuffix ? part.AsSpan(2) : part, out var name)) return Parsed.Wrong<IReadOnlyList<string>>($"{HostForm} ('{part}' is none) are expected");
            hosts.Add(isSuffix ? $"*.{name}" : name);
        }

        return Parsed.Right<IReadOnlyList<string>>(hosts);
    }

    private static Parsed<IReadOnlyList<string>> ReadPaths(string text)
    {
        var paths = new List<string>();
        foreach (var part in ValueForms.List(text))
        {
            if (part.Contains('*', StringComparison.Ordinal) || PathPattern.Parse(part) == null) return Parsed.Wrong<IReadOnlyList<string>>($"{PathForm} ('{part}' is none) are expected");
            paths.Add(part.TrimEnd('/'));
        }

        return Parsed.Right<IReadOnlyList<string>>(paths);
    }
}
