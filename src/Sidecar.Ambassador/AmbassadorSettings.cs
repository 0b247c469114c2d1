using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;
using ListenAddress = Sidecar.Ambassador.Routes.ListenAddress;

namespace Sidecar.Ambassador;

/// <summary>Every variable that the ambassador understands beside those that all agents share.</summary>
internal static class AmbassadorSettings
{
    public const string Redis = "redis";
    public const string Http = "http";
    public const string Tcp = "tcp";

    public static readonly NamedKind Route = new(
        "AMBASSADOR_ROUTE", "Where a route leads: one URL, with several hosts behind ',' or several URLs behind ';' for equal endpoints.", "http://orders:8080")
    {
        Form = $"a URL: {UpstreamSchemes.All}",
        IsSecret = true,
        Show = UpstreamUrlParser.Mask,
        Reserved = ["PORT", "SERVICE", "FILE"],
        ProtocolOf = ProtocolOf,
    };

    public static readonly Setting<IReadOnlyList<ListenAddress>> Listen = Route.Of<IReadOnlyList<ListenAddress>>(
        "LISTEN", ListenAddress.Expected, null,
        "Where the app connects to. Required. A bare port means both loopback addresses; several addresses are split at ';'.",
        ReadListen, example: ListenAddress.Example);

    public static readonly Setting<string?> Username = Route.Text(
        "USERNAME", null, "What the ambassador logs in as, so that the app need not.", example: "orders", appliesTo: [Redis, Http]);

    public static readonly Setting<Secret?> Password = Route.Secret(
        "PASSWORD", "What the ambassador logs in with. For HTTP: Basic authentication, on requests that bring none of their own.", Redis, Http);

    public static readonly Setting<Balance?> Balancing = Route.Of(
        "BALANCE", "p2c or first", null,
        "Which healthy endpoint is next: the less busy of two drawn at random (p2c, the default for HTTP), or always the first (the default for TCP).",
        ReadBalance, example: "first", shared: false, Http, Tcp);

    public static readonly Setting<int> Retries = Route.Integer(
        "RETRIES", 2,
        "How often a request that may safely be sent again is tried on another endpoint after it was sent. A refused connection is always made good elsewhere.",
        max: 10, shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> Timeout = Route.Duration(
        "TIMEOUT", "100s",
        "How long an endpoint may be silent while a request is under way; 0 for ever. WebSockets and server-sent events are never cut for being silent.",
        max: "1d", shared: true, appliesTo: [Http]);

    public static readonly Setting<bool> PreserveHost = Route.Boolean(
        "PRESERVE_HOST", false, "Whether the app's Host header goes on. Otherwise the endpoint gets the URL's host.", shared: true, appliesTo: [Http]);

    public static readonly Setting<string?> HealthPath = Route.Of(
        "HEALTH_PATH", "a path", null,
        "What a health check asks for; 200 to 399 is healthy. Unset: a connection is answer enough.", ReadPath, example: "/health", shared: true, Http);

    public static readonly Setting<TimeSpan> HealthInterval = Route.Duration(
        "HEALTH_INTERVAL", "5s", "How often an endpoint is checked. One that is down is checked every second.", min: "100ms", max: "1h", shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<TimeSpan> HealthTimeout = Route.Duration(
        "HEALTH_TIMEOUT", "2s", "How long a health check may take.", min: "10ms", max: "1m", shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<TimeSpan> QueueTimeout = Route.Duration(
        "QUEUE_TIMEOUT", "10s", "How long a Redis command waits for a server while there is none, before it fails.",
        min: "100ms", max: "5m", shared: true, appliesTo: [Redis]);

    public static readonly Setting<long> QueueBytes = Route.Size(
        "QUEUE_BYTES", "32MiB", "How much may wait in all on the shared connection while there is no server; more fails at once.",
        min: "64KiB", max: "1GiB", shared: true, appliesTo: [Redis]);

    public static readonly Setting<RedisIoKind> RedisIo = Setting.Choice(
        "AMBASSADOR_REDIS_IO", RedisIoKind.Auto,
        "What waits for the sockets of Redis routes: the kernel's epoll, or .NET's sockets, which cost more CPU. Auto takes epoll where there is one.");

    public static IEnumerable<ISetting> All => [Route, RedisIo];

    /// <summary>Redis, http or tcp; "" for a value whose scheme can't be told.</summary>
    private static string ProtocolOf(string value)
    {
        if (UpstreamUrlParser.SchemeOf(value) is not { } scheme) return "";
        return scheme.IsRedis() ? Redis : scheme.IsHttp() ? Http : Tcp;
    }

    private static Parsed<IReadOnlyList<ListenAddress>> ReadListen(string text)
    {
        var read = new List<ListenAddress>();
        var isList = text.Contains('\n') ? '\n' : ';';
        foreach (var part in text.Split(isList, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!ListenAddress.TryParse(part, out var addresses)) return Parsed.Wrong<IReadOnlyList<ListenAddress>>($"{ListenAddress.Expected} is expected");
            read.AddRange(addresses);
        }

        return read.Count > 0
            ? Parsed.Right<IReadOnlyList<ListenAddress>>(read)
            : Parsed.Wrong<IReadOnlyList<ListenAddress>>($"{ListenAddress.Expected} is expected");
    }

    private static Parsed<Balance?> ReadBalance(string text) => text switch
    {
        "p2c" => Parsed.Right<Balance?>(Balance.P2c),
        "first" => Parsed.Right<Balance?>(Balance.First),
        _ => Parsed.Wrong<Balance?>("p2c or first is expected"),
    };

    private static Parsed<string?> ReadPath(string text) =>
        text.StartsWith('/') && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains('#')
            ? Parsed.Right<string?>(text)
            : Parsed.Wrong<string?>("a path that begins with '/', without blanks, is expected");
}
