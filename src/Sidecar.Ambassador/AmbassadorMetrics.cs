using System.Diagnostics.Metrics;
using System.Globalization;
using Sidecar.Ambassador.Http.Breaking;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Insight;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador;

/// <summary>What the ambassador counts. Labels are routes and closed sets, never addresses: endpoints stand on the status page.</summary>
internal sealed class AmbassadorMetrics
{
    public const string MeterName = "Sidecar.Ambassador";

    private static readonly string[] CodeClasses = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _denied;
    private readonly Counter<long> _accessLinesDropped;
    private readonly Counter<long> _connections;
    private readonly Counter<long> _failedConnections;
    private readonly Counter<long> _leftConnections;
    private readonly UpDownCounter<long> _openConnections;
    private readonly Counter<long> _bytes;
    private long _requestsSoFar;
    private long _failedSoFar;
    private long _connectionsSoFar;

    public AmbassadorMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _requests = _meter.CreateCounter<long>("sidecar.ambassador.http.requests", "{request}", "HTTP requests answered, by route and class of status.");
        _duration = _meter.CreateHistogram<double>("sidecar.ambassador.upstream.duration", "s", "From sending a request to an endpoint to the beginning of its answer.");
        _retries = _meter.CreateCounter<long>("sidecar.ambassador.retries", "{retry}", "Tries on another endpoint, by what went wrong on the one before.");
        _hedges = _meter.CreateCounter<long>("sidecar.ambassador.hedges", "{request}", "HTTP requests that a second endpoint was asked for too, by whether its answer was the faster one.");
        _faults = _meter.CreateCounter<long>("sidecar.ambassador.faults", "{request}", "HTTP requests that ended badly, by where the fault lies.");
        _denied = _meter.CreateCounter<long>("sidecar.ambassador.http.denied", "{request}", "HTTP requests that the route's rules refused.");
        _accessLinesDropped = _meter.CreateCounter<long>("sidecar.ambassador.access_log.dropped", "{line}", "Lines of access logs that could not be written.");
        _connections = _meter.CreateCounter<long>("sidecar.ambassador.connections", "{connection}", "TCP connections accepted.");
        _failedConnections = _meter.CreateCounter<long>("sidecar.ambassador.connections.failed", "{connection}", "TCP connections reset because no endpoint could be had.");
        _leftConnections = _meter.CreateCounter<long>("sidecar.ambassador.connections.left", "{connection}", "TCP connections closed because their endpoint was found down or demoted.");
        _openConnections = _meter.CreateUpDownCounter<long>("sidecar.ambassador.connections.open", "{connection}", "TCP connections open now.");
        _bytes = _meter.CreateCounter<long>("sidecar.ambassador.bytes", "By", "Bytes moved by TCP routes, by direction.");
    }

    /// <summary>HTTP requests answered since the start.</summary>
    public long RequestsSoFar => Interlocked.Read(ref _requestsSoFar);

    /// <summary>Those of them that were answered with 500 or more, or not at all.</summary>
    public long FailedSoFar => Interlocked.Read(ref _failedSoFar);

    /// <summary>TCP connections taken since the start.</summary>
    public long ConnectionsSoFar => Interlocked.Read(ref _connectionsSoFar);

    public void Requested(string route, int status)
    {
        _requests.Add(1, Label("route", route), Label("code", CodeClasses[status is >= 100 and < 600 ? status / 100 : 0]));
        Interlocked.Increment(ref _requestsSoFar);
        if (status is < 100 or >= 500) Interlocked.Increment(ref _failedSoFar);
    }

    public void UpstreamAnswered(string route, TimeSpan after) => _duration.Record(after.TotalSeconds, Label("route", route));

    public void Retried(string route, RetryReason reason) => _retries.Add(1, Label("route", route), Label("reason", Text(reason)));

    /// <summary>A request was asked for a second time because the first answer was slow.</summary>
    public void Hedged(string route, bool hasWon) => _hedges.Add(1, Label("route", route), Label("result", hasWon ? "won" : "lost"));

    public void Faulted(string route, FaultOrigin origin) => _faults.Add(1, Label("route", route), Label("origin", origin.Text()));

    public void Denied(string route) => _denied.Add(1, Label("route", route));

    public void AccessLinesDropped(int lines) => _accessLinesDropped.Add(lines);

    public void ConnectionOpened(string route)
    {
        _connections.Add(1, Label("route", route));
        Interlocked.Increment(ref _connectionsSoFar);
        _openConnections.Add(1, Label("route", route));
    }

    public void ConnectionFailed(string route) => _failedConnections.Add(1, Label("route", route));

    public void ConnectionLeft(string route) => _leftConnections.Add(1, Label("route", route));

    public void ConnectionClosed(string route) => _openConnections.Add(-1, Label("route", route));

    public void Moved(string route, bool isToUpstream, int bytes) =>
        _bytes.Add(bytes, Label("route", route), Label("direction", isToUpstream ? "sent" : "received"));

    /// <summary>Publishes how many endpoints of each route are up and how many are not, and that nothing has gone wrong yet: the first
    /// fault would be no increase of a series that is not there.</summary>
    public void Observe(IReadOnlyList<Upstream> upstreams)
    {
        foreach (var route in upstreams.Select(upstream => upstream.Route))
        {
            if (route.Scheme is UpstreamScheme.Tcp or UpstreamScheme.Tls) ShowTcp(route.Name);
            else ShowHttp(route.Name);
        }

        _meter.CreateObservableGauge(
            "sidecar.ambassador.endpoints", () => upstreams.SelectMany(upstream => Count(upstream)), "{endpoint}", "Endpoints of each route that are up and that are down.");
        _meter.CreateObservableCounter(
            "sidecar.ambassador.ejections", () => upstreams.Select(upstream => new Measurement<long>(upstream.Ejections, Label("route", upstream.Route.Name))), "{ejection}",
            "Endpoints that were turned down, by a check or by what they did to requests.");
    }

    private void ShowHttp(string route)
    {
        foreach (var code in CodeClasses[2..]) _requests.Add(0, Label("route", route), Label("code", code));
        foreach (var origin in Enum.GetValues<FaultOrigin>()) _faults.Add(0, Label("route", route), Label("origin", origin.Text()));
        _denied.Add(0, Label("route", route));
    }

    private void ShowTcp(string route)
    {
        foreach (var counter in (Counter<long>[])[_connections, _failedConnections, _leftConnections]) counter.Add(0, Label("route", route));
        _openConnections.Add(0, Label("route", route));
        foreach (var direction in (string[])["sent", "received"]) _bytes.Add(0, Label("route", route), Label("direction", direction));
    }

    /// <summary>Publishes which routes give their service a rest, and whom that was told.</summary>
    public void Observe(IReadOnlyList<CircuitBreaker> breakers)
    {
        if (breakers.Count == 0) return;
        _meter.CreateObservableGauge(
            "sidecar.ambassador.breaker.open", () => breakers.Select(breaker => new Measurement<long>(breaker.IsOpen ? 1 : 0, Label("route", breaker.Route))), "{breaker}",
            "1 while a route's circuit breaker is open.");
        _meter.CreateObservableCounter(
            "sidecar.ambassador.breaker.refused", () => breakers.Select(breaker => new Measurement<long>(breaker.Refused, Label("route", breaker.Route))), "{request}",
            "Requests that were not sent because the circuit breaker was open.");
    }

    /// <summary>Publishes what each route's cache did, and what it holds.</summary>
    public void Observe(IReadOnlyList<ResponseCache> caches)
    {
        if (caches.Count == 0) return;
        _meter.CreateObservableCounter(
            "sidecar.ambassador.cache.requests", () => caches.SelectMany(Results), "{request}", "Requests to routes that keep answers, by what came of that.");
        _meter.CreateObservableGauge(
            "sidecar.ambassador.cache.entries", () => caches.Select(cache => new Measurement<long>(cache.Store.Count, Label("route", cache.Name))), "{answer}", "Answers kept now.");
        _meter.CreateObservableGauge(
            "sidecar.ambassador.cache.size", () => caches.Select(cache => new Measurement<long>(cache.Store.Bytes, Label("route", cache.Name))), "By", "What those take.");
    }

    /// <summary>Publishes what each Redis listener counts; its one thread must not wait for a meter.</summary>
    public void Observe(IReadOnlyList<RedisListener> redis)
    {
        if (redis.Count == 0) return;
        _meter.CreateObservableGauge(
            "sidecar.ambassador.redis.clients", () => Each(redis, counters => ref counters.Clients), "{client}", "Redis clients connected now.");
        Count("redis.commands", "{command}", "Commands taken from Redis clients.", counters => ref counters.Commands);
        Count("redis.commands.held", "{command}", "Commands that waited for a server.", counters => ref counters.Held);
        Count("redis.commands.replayed", "{command}", "Commands sent again after their connection was lost.", counters => ref counters.Replayed);
        Count("redis.commands.redirected", "{command}", "Commands sent on because their node of a cluster would not execute them.", counters => ref counters.Redirected);
        Count("redis.commands.spread", "{command}", "Commands that several nodes of a cluster had a part in.", counters => ref counters.Spread);
        Count("redis.commands.denied", "{command}", "Commands refused because the route denies them or the client has not logged in.", counters => ref counters.Denied);
        Count("redis.commands.unknown", "{command}", "Commands that got an error because their connection was lost before the reply.", counters => ref counters.FateUnknown);
        Count("redis.clients.cut", "{client}", "Clients cut off because they did not read.", counters => ref counters.ClientsCut);
        Count("redis.connections.own", "{connection}", "Upstream connections made for one client alone.", counters => ref counters.Pinned);
        Count("redis.upstream.connects", "{connection}", "Upstream connections made.", counters => ref counters.Connects);
        Count("redis.upstream.connects.failed", "{attempt}", "Attempts to connect to the upstream that failed.", counters => ref counters.ConnectsFailed);
        Count("redis.upstream.silent", "{connection}", "Upstream connections given up because they were silent while the server answered others.", counters => ref counters.Silent);
        Count("redis.failovers", "{failover}", "Moves to another master or address.", counters => ref counters.Failovers);
        Count("redis.handovers", "{handover}", "Announced changes of master for which writes were held back.", counters => ref counters.Handovers);

        Show("redis.commands.waiting", "{command}", "Redis commands that wait for a server, or for another master.", counters => ref counters.Waiting);
        Show("redis.commands.waiting.size", "By", "What those take.", counters => ref counters.WaitingBytes);
        Show("redis.connections.shared", "{connection}", "Shared upstream connections.", counters => ref counters.Lanes);
        Show("redis.connections.own.open", "{connection}", "Upstream connections that one client has for itself.", counters => ref counters.OwnLinks);
        _meter.CreateObservableCounter(
            "sidecar.ambassador.redis.duration.bucket", () => redis.SelectMany(Below), "{command}",
            "Commands that were answered within so many seconds ('le') of their arrival, by class: a histogram's cumulative buckets.");
        _meter.CreateObservableCounter("sidecar.ambassador.redis.duration.sum", () => redis.SelectMany(Seconds), "s", "What they took together.");

        void Show(string name, string unit, string description, RedisCounter counter) => _meter.CreateObservableGauge(
            $"sidecar.ambassador.{name}", () => Each(redis, counter), unit, description);

        void Count(string name, string unit, string description, RedisCounter counter) => _meter.CreateObservableCounter(
            $"sidecar.ambassador.{name}", () => Each(redis, counter), unit, description);
    }

    private static IEnumerable<Measurement<long>> Results(ResponseCache cache) =>
        from result in Enum.GetValues<CacheResult>()
        select new Measurement<long>(cache.CountOf(result), Label("route", cache.Name), Label("result", result.Text()));

    private static IEnumerable<Measurement<long>> Each(IReadOnlyList<RedisListener> redis, RedisCounter counter) =>
        redis.Select(listener => new Measurement<long>(Volatile.Read(ref counter(listener.Counters)), Label("route", listener.Name)));

    private static IEnumerable<Measurement<long>> Below(RedisListener listener) =>
        from of in Enum.GetValues<CommandClass>()
        from step in listener.Latency.Below(of)
        select new Measurement<long>(
            step.Count, Label("route", listener.Name), Label("class", of.ToString().ToLowerInvariant()),
            Label("le", double.IsFinite(step.End) ? step.End.ToString(CultureInfo.InvariantCulture) : "+Inf"));

    private static IEnumerable<Measurement<double>> Seconds(RedisListener listener) =>
        from of in Enum.GetValues<CommandClass>()
        select new Measurement<double>(listener.Latency.Seconds(of), Label("route", listener.Name), Label("class", of.ToString().ToLowerInvariant()));

    private delegate ref long RedisCounter(RedisCounters counters);

    private static IEnumerable<Measurement<int>> Count(Upstream upstream)
    {
        var all = upstream.Endpoints.All;
        var up = all.Count(endpoint => endpoint.Health.IsHealthy);
        yield return new Measurement<int>(up, Label("route", upstream.Route.Name), Label("state", "up"));
        yield return new Measurement<int>(all.Length - up, Label("route", upstream.Route.Name), Label("state", "down"));
    }

    private static string Text(RetryReason reason) => reason switch
    {
        RetryReason.Connect => "connect",
        RetryReason.Reset => "reset",
        RetryReason.Timeout => "timeout",
        RetryReason.Hang => "hang",
        _ => "status",
    };

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
