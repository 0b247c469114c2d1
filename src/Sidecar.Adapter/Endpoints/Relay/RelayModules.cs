using System.Text.RegularExpressions;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Endpoints.Relay;

/// What is asked of a target, by the names that blackbox_exporter's own configuration gives to it.
internal static class RelayModules
{
    public const string Default = "http_2xx";

    private static readonly NumberRanges Success = NumberRanges.Read("200-299", 100, 599).Value;

    private static readonly Dictionary<string, Func<Uri, RelayTargets, TimeProvider, IProbe>> All = new(StringComparer.Ordinal)
    {
        [Default] = (url, targets, time) => Http(url, HttpMethod.Get, targets, time),
        ["http_post_2xx"] = (url, targets, time) => Http(url, HttpMethod.Post, targets, time),
        ["tcp_connect"] = (url, _, time) => Tcp(url, null, null, time),
        ["tcp_connect_tls"] = (url, _, time) => Tcp(url, null, new TlsTrust(), time),
        ["ssh_banner"] = (url, _, time) => Tcp(url, new Regex("^SSH-2.0-", RegexOptions.NonBacktracking), null, time),
        ["grpc"] = (url, _, time) => new GrpcProbe(Target(url), "", new TlsTrust(), time),
        ["grpc_plain"] = (url, _, time) => new GrpcProbe(Target(url), "", null, time),
    };

    public static string Names => string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    public static bool Has(string module) => All.ContainsKey(module);

    /// The target as a URL; null for none that the module can ask. Blackbox takes a host alone for a web page.
    public static Uri? UrlOf(string module, string target)
    {
        var isWeb = module.StartsWith("http", StringComparison.Ordinal);
        var text = target.Contains("://", StringComparison.Ordinal) ? target : $"{(isWeb ? "http" : "tcp")}://{target}";
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0 && url.Port > 0 && url.UserInfo.Length == 0
            && (isWeb ? url.Scheme is "http" or "https" : url.Scheme == "tcp")
            ? url
            : null;
    }

    public static IProbe Make(string module, Uri url, RelayTargets targets, TimeProvider time) => All[module](url, targets, time);

    private static HttpProbe Http(Uri url, HttpMethod method, RelayTargets targets, TimeProvider time) =>
        new(new HttpQuestion(NetworkTarget.Askable(url)) { Method = method, StrangersMayAsk = targets.Allow }, new HttpExpectation(Success, ContentRules.None, null), new TlsTrust(), time);

    private static TcpProbe Tcp(Uri url, Regex? expect, TlsTrust? trust, TimeProvider time) =>
        new(Target(url), new Conversation(null, expect), trust, time);

    private static NetworkTarget Target(Uri url) => NetworkTarget.Of(NetworkTarget.Askable(url)) with { IsForStrangers = true };
}
