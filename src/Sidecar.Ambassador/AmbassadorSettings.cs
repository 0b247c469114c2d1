using System.Net;
using System.Security.Authentication;
using Sidecar.Ambassador.Drains;
using Sidecar.Ambassador.Http;
using Sidecar.Ambassador.Http.Access;
using Sidecar.Ambassador.Http.Admission;
using Sidecar.Ambassador.Http.Hedging;
using Sidecar.Ambassador.Http.Sharing;
using Sidecar.Ambassador.Http.Telling;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Ambassador.Upstreams.Names;
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

    public static readonly Setting<Secret?> Bearer = Route.Secret(
        "BEARER", "A token that requests without an Authorization of their own get: Authorization: Bearer. Its file is followed.", Http);

    public static readonly Setting<Secret?> LocalPassword = Route.Secret(
        "LOCAL_PASSWORD",
        "What the app has to log in to the ambassador with. Unset, the app need not, and what it logs in with is accepted while the ambassador has a password of its own.",
        Redis);

    public static readonly Setting<DenyList?> Deny = Route.Of(
        "DENY", "commands and subcommands, split at newlines if there is one, else at ;", null,
        "Redis commands that no client of the route may run: they are answered NOPERM. What scripts call is not looked at.",
        ReadDeny, example: "FLUSHALL;CONFIG|SET;KEYS", shared: true, Redis);

    public static readonly Setting<string?> SentinelUsername = Route.Text(
        "SENTINEL_USERNAME", null, "What the ambassador logs in to the Sentinels as.", example: "watcher", appliesTo: [Redis]);

    public static readonly Setting<Secret?> SentinelPassword = Route.Secret(
        "SENTINEL_PASSWORD", "What the ambassador logs in to the Sentinels with; the route's own user name and password are for the Redis servers alone.", Redis);

    public static readonly Setting<bool?> SentinelTls = Route.Of(
        "SENTINEL_TLS", "true or false", null,
        "Whether the Sentinels are asked through TLS. Unset: as the URL's scheme says, rediss+sentinel or redis+sentinel.", ReadBoolean, example: "true", shared: false, Redis);

    public static readonly Setting<string?> TlsCaFile = Route.ReadableFile(
        "TLS_CA_FILE", "The certificates, as PEM, that vouch for the upstream instead of those that the system trusts. The file is followed.",
        example: "/secrets/ca.pem", appliesTo: [Redis, Http, Tcp]);

    public static readonly Setting<string?> TlsCertFile = Route.ReadableFile(
        "TLS_CERT_FILE", "The ambassador's own certificate for the upstream, as PEM, with those between it and its root behind it. The file is followed.",
        example: "/secrets/tls.crt", appliesTo: [Redis, Http, Tcp]);

    public static readonly Setting<string?> TlsKeyFile = Route.ReadableFile(
        "TLS_KEY_FILE", "The key of that certificate, as PEM, not encrypted. The file is followed.", example: "/secrets/tls.key", appliesTo: [Redis, Http, Tcp]);

    public static readonly Setting<string?> TlsServerName = Route.Of(
        "TLS_SERVER_NAME", "a host name", null,
        "The name that the upstream's certificate has to carry, and that is sent as SNI. Unset: the host as the URL, or the Sentinels, name it.",
        ReadHostName, example: "cache.example.com", shared: false, Redis, Http, Tcp);

    public static readonly Setting<SslProtocols> TlsMinVersion = Route.Of(
        "TLS_MIN_VERSION", "1.2 or 1.3", "1.2", "The oldest TLS version that the upstream may speak.", ReadTlsVersion, example: "1.3", shared: true, Redis, Http, Tcp);

    public static readonly Setting<bool> TlsInsecure = Route.Boolean(
        "TLS_INSECURE", false, "Takes any certificate: the wire is encrypted, but anybody can be at its other end. For tests only.", appliesTo: [Redis, Http, Tcp]);

    public static readonly Setting<bool> ListenExpose = Route.Boolean(
        "LISTEN_EXPOSE", false, "Whether a Redis route may listen on an address that others than this machine reach.", appliesTo: [Redis]);

    public static readonly Setting<UnixFileMode?> ListenMode = Route.Of(
        "LISTEN_MODE", "an octal file mode", null,
        "Who may connect to the route's unix sockets. Unset: whom the process's umask leaves.", ReadMode, example: "0660");

    public static readonly Setting<ListenProtocol> ListensFor = Route.Choice(
        "LISTEN_PROTOCOL", ListenProtocol.Auto,
        "What the app may speak to the route: HTTP/1.1 (h1), HTTP/2 with prior knowledge (h2), or either, told apart by the first bytes (auto, and where routes that share a listener differ).", shared: true, appliesTo: [Http]);

    public static readonly Setting<Balance?> Balancing = Route.Of(
        "BALANCE", "p2c, first, round-robin, random, weighted or hash", null,
        "Which healthy endpoint is next: the less busy of two drawn at random (p2c, the default for HTTP), always the first (the default for TCP), one after the other, "
        + "any, any by weight, or the same for the same value of _HASH_ON.",
        ReadBalance, example: "first", shared: false, Http, Tcp);

    public static readonly Setting<HashSource?> HashOn = Route.Of(
        "HASH_ON", HashSource.Form, null, "What goes to the same endpoint with _BALANCE=hash. A request without it goes anywhere.",
        ReadHashSource, example: "header:X-User", shared: false, Http);

    public static readonly Setting<string?> Backup = Route.Text(
        "BACKUP", null, "Hosts that are used while fewer than _MIN_HEALTHY of the route's own are up.", example: "orders-c:8080,orders-d:8080", appliesTo: [Http, Tcp]);

    public static readonly Setting<string?> Canary = Route.Text(
        "CANARY", null, "Hosts of a new version on trial, which get _CANARY_WEIGHT percent of the requests and those with _CANARY_HEADER.",
        example: "orders-next:8080", appliesTo: [Http]);

    public static readonly Setting<int> CanaryWeight = Route.Integer(
        "CANARY_WEIGHT", 0, "How many percent of the requests go to the canary while one of it is up; 100 for all.", max: 100, shared: false, appliesTo: [Http]);

    public static readonly Setting<string?> CanaryWeightFile = Route.ReadableFile(
        "CANARY_WEIGHT_FILE", "A file with that number, which is looked at every second: the weight changes without a restart. While it holds no such number the last one counts.",
        example: "/etc/canary/orders", appliesTo: [Http]);

    public static readonly Setting<string?> CanaryHeader = Route.Of(
        "CANARY_HEADER", "the name of a header", null, "A request with this header goes to the canary if its value is true, and does not if it is false.",
        ReadHeaderName, example: "X-Canary", shared: false, Http);

    public static readonly Setting<int> MinHealthy = Route.Integer(
        "MIN_HEALTHY", 1, "How many of a route's first endpoints have to be up, or all if it has fewer, so that those behind them (_BACKUP, SRV priorities) are not used.",
        min: 1, max: 1000, shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<int> PanicThreshold = Route.Integer(
        "PANIC_THRESHOLD", 0, "While fewer than so many percent of equal endpoints are up, all of them are used: the checks may be wrong, and the rest would be drowned.",
        max: 100, shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<TimeSpan> SlowStart = Route.Duration(
        "SLOW_START", "0", "For how long an endpoint that came up gets less than its share with _BALANCE=p2c or weighted, growing from a tenth.",
        max: "1h", shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<string?> EndpointsFile = Route.ReadableFile(
        "ENDPOINTS_FILE", "A file with one endpoint a line, 'host:port', 'weight=2', 'backup' or 'canary' behind it, used instead of the URL's hosts. It is looked at every second; "
        + "while it is broken or gone the last good list is kept.",
        example: "/etc/endpoints/orders", appliesTo: [Http, Tcp]);

    public static readonly Setting<int> Retries = Route.Integer(
        "RETRIES", 2,
        "How often a request that may safely be sent again is tried on another endpoint after it was sent. A refused connection is always made good elsewhere.",
        max: 10, shared: true, appliesTo: [Http]);

    public static readonly Setting<int> RetryBudget = Route.Integer(
        "RETRY_BUDGET", 20,
        "How many of a hundred requests of the last ten seconds may be sent again, so that retries don't drown a service in trouble. A few always may, unless this is 0.",
        max: 100, shared: true, appliesTo: [Http]);

    public static readonly Setting<long> RetryBuffer = Route.Size(
        "RETRY_BUFFER", "64KiB", "How much of a request's body is kept in memory, so that it can be sent again. A larger one is sent once.",
        max: "16MiB", shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> TryTimeout = Route.Duration(
        "TRY_TIMEOUT", "0", "How long one try may take until its answer begins; then another endpoint is asked if the request may be repeated. 0 for as long as _TIMEOUT says.",
        max: "1h", shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> Deadline = Route.Duration(
        "DEADLINE", "0", "How long a request may take until an answer begins, with all that is tried; then it is answered 504. 0 for ever.",
        max: "1d", shared: true, appliesTo: [Http]);

    public static readonly Setting<int> EjectAfter = Route.Integer(
        "EJECT_AFTER", 5, "After how many bad answers in a row an endpoint is left: 502, 503, 504, a broken connection, none in time. 0 for never; then only _EJECT_RATE counts.",
        max: 1000, shared: true, appliesTo: [Http]);

    public static readonly Setting<int> EjectRate = Route.Integer(
        "EJECT_RATE", 50,
        "An endpoint of whose answers of the last ten seconds, at least 20, so many percent were bad, and twice as many as of the others', is left as well. 0 for never.",
        max: 100, shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> EjectTime = Route.Duration(
        "EJECT_TIME", "2s", "How long an endpoint is left for at least; each time again it is the double.", min: "100ms", max: "1h", shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> EjectTimeMax = Route.Duration(
        "EJECT_TIME_MAX", "1m", "What that grows to, and how long an endpoint's Retry-After is believed.", min: "100ms", max: "1d", shared: true, appliesTo: [Http]);

    public static readonly Setting<int> Breaker = Route.Integer(
        "BREAKER", 0, "When so many percent of the route's requests failed (502, 503, 504, no answer), the service is not asked for _BREAKER_TIME. 0 for never.",
        max: 100, shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> BreakerWindow = Route.Duration(
        "BREAKER_WINDOW", "10s", "Which requests _BREAKER looks at: those of so long ago, or half as long.", min: "1s", max: "10m", shared: true, appliesTo: [Http]);

    public static readonly Setting<int> BreakerRequests = Route.Integer(
        "BREAKER_REQUESTS", 20, "With fewer requests than so many _BREAKER draws no conclusion.", min: 1, max: 100_000, shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> BreakerTime = Route.Duration(
        "BREAKER_TIME", "5s", "For how long the service is not asked; then one request tries.", min: "100ms", max: "10m", shared: true, appliesTo: [Http]);

    public static readonly Setting<long> Cache = Route.Size(
        "CACHE", "0", "How much memory the answers of the route may take that are kept and given again, as RFC 9111 allows; 0 keeps none.",
        max: "4GiB", shared: true, appliesTo: [Http]);

    public static readonly Setting<TimeSpan> StaleIfError = Route.Duration(
        "STALE_IF_ERROR", "0", "How long after its time a kept answer stands in for an error, also when it does not say stale-if-error itself. Needs _CACHE.",
        max: "30d", shared: true, appliesTo: [Http]);

    public static readonly Setting<int?> FallbackStatus = Route.Of(
        "FALLBACK_STATUS", "a status from 200 to 599", null,
        "The status of an answer that is given when the service has none or says 502, 503 or 504. Below 400 only GET and HEAD get it. 200 beside _FALLBACK_BODY_FILE.",
        text => int.TryParse(text, out var status) && status is >= 200 and <= 599 and not 304
            ? Parsed.Right<int?>(status) : Parsed.Wrong<int?>("a status from 200 to 599, but not 304, is expected"),
        example: "200", shared: false, Http);

    public static readonly Setting<string?> FallbackBodyFile = Route.ReadableFile(
        "FALLBACK_BODY_FILE", "The body of that answer. The file is followed.", example: "/etc/fallback/prices.json", appliesTo: [Http]);

    public static readonly Setting<string?> FallbackContentType = Route.Text(
        "FALLBACK_CONTENT_TYPE", null, "The type of that body. Unset: text/plain; charset=utf-8.", example: "application/json", appliesTo: [Http]);

    public static readonly Setting<int> MaxRequests = Route.Integer(
        "MAX_REQUESTS", 0, "How many requests of the route may be under way at once; 0 for any number.", max: 100_000, shared: true, appliesTo: [Http]);

    public static readonly Setting<int> MaxPending = Route.Integer(
        "MAX_PENDING", 100, "How many requests may wait beside _MAX_REQUESTS for one of them to end; more are answered 503 at once.",
        max: 100_000, shared: true, appliesTo: [Http]);

    public static readonly Setting<int> MaxConnections = Route.Integer(
        "MAX_CONNECTIONS", 0, "HTTP/1.1: how many connections each endpoint gets; requests wait for one. TCP: how many connections of the route may be open; more wait for _QUEUE_TIMEOUT. 0 for any number.",
        max: 100_000, shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<Rate?> RateLimit = Route.Of(
        "RATE_LIMIT", Rate.Form, null, "How many requests the route takes in a time; more are answered 429 with Retry-After.",
        text => Rate.Parse(text) is { } rate ? Parsed.Right<Rate?>(rate) : Parsed.Wrong<Rate?>($"{Rate.Form} is expected"), example: "100/s", shared: true, Http);

    public static readonly Setting<TimeSpan> Timeout = Route.Duration(
        "TIMEOUT", "100s",
        "How long an endpoint may be silent while a request is under way; 0 for ever. WebSockets and server-sent events are never cut for being silent.",
        max: "1d", shared: true, appliesTo: [Http]);

    public static readonly Setting<bool> PreserveHost = Route.Boolean(
        "PRESERVE_HOST", false, "Whether the app's Host header goes on. Otherwise the endpoint gets the URL's host.", shared: true, appliesTo: [Http]);

    public static readonly Setting<string?> HealthPath = Route.Of(
        "HEALTH_PATH", "a path", null,
        "What a health check asks for; _HEALTH_STATUS says which answers are healthy. Unset: a connection is answer enough.", ReadPath, example: "/health", shared: true, Http);

    public static readonly Setting<NumberRanges> HealthStatus = Route.Of(
        "HEALTH_STATUS", "numbers and ranges, separated by ;", "200-399", "Which statuses of a health check's answer are healthy.",
        text => NumberRanges.Read(text, least: 100, most: 599), example: "200;204", shared: true, Http);

    public static readonly Setting<TimeSpan> HealthInterval = Route.Duration(
        "HEALTH_INTERVAL", "5s", "How often an endpoint is checked, at random up to a tenth sooner. One that is down is checked every second.", min: "100ms", max: "1h", shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<TimeSpan> HealthTimeout = Route.Duration(
        "HEALTH_TIMEOUT", "2s", "How long a health check may take.", min: "10ms", max: "1m", shared: true, appliesTo: [Http, Tcp]);

    public static readonly Setting<TcpCheck> Check = Route.Of(
        "CHECK", TcpCheck.Form, "connect",
        "What an endpoint has to show to be up: that it accepts a connection, says what is expected (\\r, \\n, \\xHH and the like are understood), or is the primary, or a replica, "
        + "of a PostgreSQL cluster.",
        text => TcpCheck.TryParse(ValueForms.List(text), out var check, out var expected) ? Parsed.Right(check) : Parsed.Wrong<TcpCheck>(expected),
        TcpCheck.Example, shared: false, Tcp);

    public static readonly Setting<string?> CheckUsername = Route.Text(
        "CHECK_USERNAME", null, "As whom a PostgreSQL server is asked; it needs no rights. What your app sends is never looked at.", example: "monitor", appliesTo: [Tcp]);

    public static readonly Setting<Secret?> CheckPassword = Route.Secret("CHECK_PASSWORD", "That user's password, where the server wants one.", Tcp);

    public static readonly Setting<string> CheckDatabase = Route.Of(
        "CHECK_DATABASE", "text", "postgres", "The database that a PostgreSQL server is asked in.", Parsed.Right, example: "postgres", shared: false, Tcp);

    public static readonly Setting<SslMode> CheckSslMode = Route.Choice(
        "CHECK_SSLMODE", SslMode.Prefer, "Whether a PostgreSQL server is asked through TLS: never, where it can, in any case, or with a certificate that is verified as the _TLS_ settings say.", appliesTo: [Tcp]);

    public static readonly Setting<OnDown> WhenDown = Route.Choice(
        "ON_DOWN", OnDown.Close,
        "What becomes of the connections to an endpoint that a check found down while another one is up, or demoted: they are closed, so that the app connects anew, or kept.",
        shared: true, appliesTo: [Tcp]);

    public static readonly Setting<TimeSpan> QueueTimeout = Route.Duration(
        "QUEUE_TIMEOUT", "10s",
        "How long a Redis command waits for a server while there is none, before it fails. An HTTP request, or a TCP connection, waits for an endpoint that can be connected to only where this is set.",
        min: "100ms", max: "5m", shared: true, appliesTo: [Redis, Http, Tcp]);

    public static readonly Setting<long> QueueBytes = Route.Size(
        "QUEUE_BYTES", "32MiB", "How much may wait in all on the shared connection while there is no server; more fails at once.",
        min: "64KiB", max: "1GiB", shared: true, appliesTo: [Redis]);

    public static readonly Setting<Replay> Replays = Route.Choice(
        "REPLAY", Replay.Idempotent,
        "Which Redis commands are sent again when their connection is lost before the reply, so that nobody knows whether they were executed: "
        + "reads, writes too that are the same twice (idempotent), or none. The others get an error.",
        shared: true, appliesTo: [Redis]);

    public static readonly Setting<TimeSpan> SlowAfter = Route.Duration(
        "SLOW_AFTER", "100ms", "A Redis command that takes longer, and does not block by right, stands with its key on the status page; 0 for none.",
        max: "1h", shared: true, appliesTo: [Redis]);

    public static readonly Setting<bool> SlowArguments = Route.Boolean(
        "SLOW_ARGUMENTS", false, "Whether slow Redis commands are shown with all their arguments. Those that may hold passwords never are.",
        shared: true, appliesTo: [Redis]);

    public static readonly Setting<RedisIoKind> RedisIo = Setting.Choice(
        "AMBASSADOR_REDIS_IO", RedisIoKind.Auto,
        "What waits for the sockets of Redis routes: the kernel's epoll, or .NET's sockets, which cost more CPU. Auto takes epoll where there is one.");

    public static readonly Setting<IReadOnlyList<IPEndPoint>> NameServers = Setting.Of<IReadOnlyList<IPEndPoint>>(
        "AMBASSADOR_NAMESERVERS", "IP addresses, with a port if it is not 53, split at ;", "",
        "The DNS servers that are asked, instead of those in /etc/resolv.conf. Consul's is 127.0.0.1:8600.",
        ReadNameServers, example: "127.0.0.1:8600");

    /// <summary>Beside a part of the program stand the settings that only it has.</summary>
    public static IEnumerable<ISetting> All => [Route, RedisIo, NameServers, .. DrainOnSettings.All, .. ServingSettings.All, HedgeDelay.Setting, .. SharingSettings.All, .. AccessSettings.All, .. TellingSettings.All];

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
        "round-robin" => Parsed.Right<Balance?>(Balance.RoundRobin),
        "random" => Parsed.Right<Balance?>(Balance.Random),
        "weighted" => Parsed.Right<Balance?>(Balance.Weighted),
        "hash" => Parsed.Right<Balance?>(Balance.Hash),
        _ => Parsed.Wrong<Balance?>("p2c, first, round-robin, random, weighted or hash is expected"),
    };

    private static Parsed<string?> ReadHeaderName(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? Parsed.Right<string?>(text) : Parsed.Wrong<string?>("the name of a header is expected");

    private static Parsed<HashSource?> ReadHashSource(string text) =>
        HashSource.Parse(text) is { } source ? Parsed.Right<HashSource?>(source) : Parsed.Wrong<HashSource?>($"{HashSource.Form} is expected");

    private static Parsed<IReadOnlyList<IPEndPoint>> ReadNameServers(string text)
    {
        var servers = new List<IPEndPoint>();
        foreach (var part in ValueForms.List(text))
        {
            if (!HostPort.TryParse(part, ResolverConfig.Port, out var server, out _) || !IPAddress.TryParse(server.Host, out var address))
                return Parsed.Wrong<IReadOnlyList<IPEndPoint>>("IP addresses, each with a port if it is not 53, are expected");
            servers.Add(new IPEndPoint(address, server.Port));
        }

        return Parsed.Right<IReadOnlyList<IPEndPoint>>(servers);
    }

    private static Parsed<DenyList?> ReadDeny(string text) =>
        DenyList.TryRead(ValueForms.List(text), out var denied, out var culprit) && !denied.IsEmpty
            ? Parsed.Right<DenyList?>(denied)
            : Parsed.Wrong<DenyList?>($"names of commands, each alone or with one subcommand behind a '|', are expected{(culprit is null ? "" : $" ('{culprit}' is none)")}");

    private static Parsed<UnixFileMode?> ReadMode(string text) =>
        text.Length is 3 or 4 && text.All(c => c is >= '0' and <= '7') && Convert.ToInt32(text, 8) is var mode and <= 0x1FF
            ? Parsed.Right<UnixFileMode?>((UnixFileMode)mode)
            : Parsed.Wrong<UnixFileMode?>("an octal file mode of three digits, with or without a 0 in front, is expected");

    private static Parsed<bool?> ReadBoolean(string text)
    {
        var parsed = ValueForms.Boolean(text);
        return new Parsed<bool?>(parsed.Value, parsed.Expected);
    }

    private static Parsed<SslProtocols> ReadTlsVersion(string text) => text switch
    {
        "1.2" => Parsed.Right(SslProtocols.Tls12 | SslProtocols.Tls13),
        "1.3" => Parsed.Right(SslProtocols.Tls13),
        _ => Parsed.Wrong<SslProtocols>("1.2 or 1.3 is expected"),
    };

    private static Parsed<string?> ReadHostName(string text) =>
        HostPort.TryParseHost(text, out var name) ? Parsed.Right<string?>(name) : Parsed.Wrong<string?>("a host name is expected");

    private static Parsed<string?> ReadPath(string text) =>
        text.StartsWith('/') && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains('#')
            ? Parsed.Right<string?>(text)
            : Parsed.Wrong<string?>("a path that begins with '/', without blanks, is expected");
}
