using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Http;

/// How a URL is asked, and which answers are right.
internal static class HttpSettings
{
    private static readonly string[] Kinds = [ProbeKinds.Http, ProbeKinds.Https, ProbeKinds.Unix];

    public static readonly Setting<NumberRanges> Status = AdapterSettings.Probe.Of(
        "STATUS",
        "numbers and ranges, separated by ;",
        "200-399",
        "Which status codes are right. A redirect on the same host is followed unless the list names it by itself (302, 300-399); one to another host is a miss.",
        text => NumberRanges.Read(text, least: 100, most: 599),
        "200;204",
        shared: false,
        Kinds);

    public static readonly Setting<string?> Method = AdapterSettings.Probe.Of(
        "METHOD", "GET, HEAD, OPTIONS or POST", "GET", "How it is asked.", ReadMethod, "HEAD", shared: false, Kinds);

    public static readonly Setting<Secret?> Headers = AdapterSettings.Probe.Secret(
        "HEADERS", "Headers of the question, Name: value, separated by newlines or ;. They are never shown.", Kinds);

    public static readonly Setting<Secret?> Basic = AdapterSettings.Probe.Secret("BASIC", "user:password for basic authentication.", Kinds);

    public static readonly Setting<Secret?> Bearer = AdapterSettings.Probe.Secret("BEARER", "A token for bearer authentication.", Kinds);

    public static readonly Setting<bool> KeepAlive = AdapterSettings.Probe.Boolean(
        "KEEP_ALIVE", false, "Keep the connection from one question to the next. It costs less, and hides an accept queue that nobody serves.", shared: false, Kinds);

    public static readonly Setting<Dialect?> Preset = AdapterSettings.Probe.Of(
        "PRESET",
        Dialect.Names,
        null,
        "The app's own way to say that it is well: its words decide, and the reason names the parts that are not.",
        Dialect.Read,
        "spring",
        shared: false,
        Kinds);

    public static readonly Setting<string?> HttpPath = AdapterSettings.Probe.Text(
        "HTTP_PATH", null, "Ask this path by HTTP over the unix socket, instead of only connecting.", "/health", shared: false, ProbeKinds.Unix);

    public static IReadOnlyList<ISetting> All { get; } = [Status, Method, Headers, Basic, Bearer, KeepAlive, Preset, HttpPath];

    private static Parsed<string?> ReadMethod(string text) => text.ToUpperInvariant() is "GET" or "HEAD" or "OPTIONS" or "POST"
        ? Parsed.Right<string?>(text.ToUpperInvariant())
        : Parsed.Wrong<string?>("GET, HEAD, OPTIONS or POST is expected");
}
