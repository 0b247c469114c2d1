using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// The far side of a route: which endpoints there are now, how they are, and which of them is next. Failures that users meet
/// turn an endpoint down but never the last one that is up; only a check of our own brings it back.
/// </summary>
internal sealed partial class Upstream
{
    /// <summary>One refused connection may be a restart that is over by now; two in a row are a pattern.</summary>
    public const int FailuresToEject = 2;

    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(10);

    private readonly UpstreamOptions _options;
    private readonly EjectionOptions _ejection;
    private readonly Balancer _balancer;
    private readonly TimeProvider _time;
    private readonly Trouble _trouble;
    private readonly ILogger<Upstream> _logger;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _resolved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _ejections;
    private TaskCompletionSource? _rise;
    private volatile EndpointSet _endpoints;
    private volatile string? _resolveFailure;

    public Upstream(Route route, UpstreamOptions options, TimeProvider time, AgentState state, ILogger<Upstream> logger)
    {
        Route = route;
        _options = options;
        _balancer = new Balancer(options.Balance, options.SlowStart, time);
        _ejection = options.Ejection;
        _time = time;
        _trouble = state.Degraded(
            $"route {route.Name}",
            "Look whether the service runs and can be reached from this pod: address, port, DNS, network policy or security group. It is asked again and again, and nothing has to be restarted here.");
        _logger = logger;
        _endpoints = EndpointSet.Empty.With(Literals(route, time.GetUtcNow()));
        if (options.MustBeAsked) AwaitChecks(_endpoints.All);
        if (!Discovery.IsNeededFor(route)) _resolved.SetResult();
    }

    public Route Route { get; }

    public EndpointSet Endpoints => _endpoints;

    /// <summary>Ends when each host name was asked for once, whatever came back.</summary>
    public Task Resolved => _resolved.Task;

    /// <summary>Whether it is not known yet of an endpoint what it is.</summary>
    public bool IsUndecided => _options.MustBeAsked && _endpoints.All.Any(endpoint => endpoint.Health.Fitness == Fitness.Unasked);

    /// <summary>How often an endpoint was turned down.</summary>
    public long Ejections => Interlocked.Read(ref _ejections);

    /// <summary>Why the last look for endpoints failed; null when it did not. The endpoints known before are kept.</summary>
    public string? ResolveFailure => _resolveFailure;

    /// <summary>
    /// The next endpoint that is not among the tried ones; null when there is none. When all are down they are tried all the same:
    /// a refusal costs nothing, and an answer is better than none.
    /// </summary>
    /// <param name="key">What the request is told apart by, where endpoints are chosen by that.</param>
    public Endpoint? Choose(in TriedEndpoints tried, ulong? key = null, bool isForCanary = false)
    {
        var tiers = isForCanary ? _endpoints.CanaryFirst : _endpoints.Tiers;
        if (tiers.Length > 1)
        {
            foreach (var tier in tiers)
            {
                if (IsEnough(tier) && _balancer.Pick(tier, tried, healthyOnly: true, key) is { } chosen) return chosen;
            }
        }

        foreach (var tier in tiers)
        {
            if (_balancer.Pick(tier, tried, healthyOnly: !IsPanic(tier), key) is { } chosen) return chosen;
        }

        foreach (var tier in tiers)
        {
            if (_balancer.Pick(tier, tried, healthyOnly: false, key) is { } chosen) return chosen;
        }

        return null;
    }

    /// <summary>Why that endpoint was chosen, for whoever looks at one request.</summary>
    public string WhyChosen(Endpoint endpoint)
    {
        var how = _endpoints.All.Length == 1 ? "the only one" : _options.Balance switch
        {
            Balance.P2c => "the less busy of two",
            Balance.First => "the first",
            Balance.RoundRobin => "in turn",
            Balance.Weighted => "by weight",
            Balance.Hash => "by hash",
            _ => "at random",
        };
        if (endpoint.IsCanary) how = $"canary, {how}";
        else if (endpoint.Priority >= Discovery.FirstBackup) how = $"backup, {how}";
        return endpoint.Health.IsHealthy ? how : $"{how}, though down";
    }

    /// <summary>Whether an endpoint is up that is neither this one nor tried yet.</summary>
    public bool HasOtherHealthy(Endpoint than, in TriedEndpoints tried)
    {
        foreach (var endpoint in _endpoints.All)
        {
            if (endpoint != than && IsEligible(endpoint, tried, healthyOnly: true)) return true;
        }

        return false;
    }

    /// <summary>Why there was no endpoint to be had, in words for whoever asked.</summary>
    public string WhyNone()
    {
        var all = _endpoints.All;
        if (all.IsEmpty) return _resolveFailure ?? "no endpoint is known yet";
        var reasons = all.Select(endpoint => endpoint.Health.DownReason).Where(reason => reason != null).Distinct().Take(3).ToList();
        return reasons.Count > 0 ? string.Join("; ", reasons) : "no endpoint could be connected to";
    }

    /// <summary>Ends when an endpoint comes up, or other endpoints are found.</summary>
    public Task NextRiseAsync()
    {
        lock (_lock) return (_rise ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>A user's connection to the endpoint failed.</summary>
    public void ConnectFailed(Endpoint endpoint, string reason)
    {
        if (endpoint.Failed() < FailuresToEject) return;

        // Under the lock: two endpoints that fail at the same moment must not both see the other one up.
        lock (_lock)
        {
            var set = _endpoints;
            if (!set.All.Contains(endpoint)) return;
            if (!set.HasOtherHealthy(endpoint))
            {
                if (endpoint.Health.IsHealthy && _trouble.Begin($"{endpoint}: {reason}")) Log.AllDown(_logger, Route.Name, endpoint, reason);
                return;
            }

            TurnDownNeedsLock(endpoint, reason);
        }
    }

    /// <summary>
    /// A user's request got no answer of the endpoint, or one that says that it can't serve. After several in a row, or when it asks
    /// for a pause, the endpoint is left for a while.
    /// </summary>
    public void AnsweredBadly(Endpoint endpoint, string reason, TimeSpan? retryAfter)
    {
        if (_ejection.Percent > 0) endpoint.CountAnswer(isBad: true, RateWindow, _time);
        var count = endpoint.AnsweredBadly();
        var isEnough = _ejection.After > 0 && (count >= _ejection.After || retryAfter != null);
        if (!isEnough && !IsOutlier(endpoint)) return;
        lock (_lock)
        {
            if (!endpoint.Health.IsHealthy || !IsReplaceableNeedsLock(endpoint)) return;
            var now = _time.GetUtcNow();
            var pause = retryAfter == null ? endpoint.NextEjection(_ejection, now) : retryAfter < _ejection.Longest ? retryAfter.Value : _ejection.Longest;
            var words = !isEnough ? $"{reason}, as {Words(endpoint)} of the last ten seconds"
                : retryAfter == null ? $"{reason}, {count} times in a row"
                : $"{reason} and asked for {pause.TotalSeconds:0.###} s";
            TurnDownNeedsLock(endpoint, words, now + pause);
        }
    }

    /// <summary>A user's request got an answer of the endpoint that is no sign of trouble.</summary>
    public void AnsweredWell(Endpoint endpoint)
    {
        endpoint.Answered();
        if (_ejection.Percent > 0) endpoint.CountAnswer(isBad: false, RateWindow, _time);
    }

    /// <summary>The endpoint answered neither users nor a question of our own.</summary>
    /// <returns>Whether what waits for it should go elsewhere: there is somewhere to go.</returns>
    public bool Hangs(Endpoint endpoint)
    {
        lock (_lock)
        {
            if (!IsReplaceableNeedsLock(endpoint)) return false;
            TurnDownNeedsLock(endpoint, "hangs: neither requests nor a question of our own were answered");
            return true;
        }
    }

    /// <summary>Our own check of the endpoint has ended.</summary>
    public void Checked(Endpoint endpoint, CheckResult result)
    {
        if (result.Fault == null) CheckPassed(endpoint);
        else if (result.IsUnfit) CheckFoundUnfit(endpoint, result.Fault);
        else CheckFailed(endpoint, result.Fault);
    }

    public void CheckPassed(Endpoint endpoint)
    {
        endpoint.Worked();
        lock (_lock)
        {
            var isFirst = endpoint.Health.Fitness == Fitness.Unasked;
            if (endpoint.TurnUp(_time.GetUtcNow()))
            {
                if (!isFirst) Log.Up(_logger, Route.Name, endpoint);
                RiseNeedsLock();
                CloseSessionsNeedsLock(fell: null);
            }

            if (endpoint.Health.IsHealthy && _endpoints.All.Contains(endpoint) && _trouble.End()) Log.Recovered(_logger, Route.Name);
        }
    }

    /// <summary>Our own check of the endpoint failed. Unlike users' failures this may turn the last one down: it is the truth.</summary>
    public void CheckFailed(Endpoint endpoint, string reason)
    {
        if (endpoint.Failed() < FailuresToEject) return;
        lock (_lock)
        {
            TurnDownNeedsLock(endpoint, reason);
            if (!_endpoints.HasHealthy && _trouble.Begin(WhyNone())) Log.AllDown(_logger, Route.Name, endpoint, reason);
            CloseSessionsNeedsLock(endpoint);
        }
    }

    // It has answered: no second opinion is needed.
    private void CheckFoundUnfit(Endpoint endpoint, string reason)
    {
        endpoint.Worked();
        lock (_lock)
        {
            if (endpoint.TurnDown(reason, _time.GetUtcNow(), isUnfit: true)) Log.Unfit(_logger, Route.Name, endpoint, reason);

            // While others are still being asked there is no trouble yet.
            if (!_endpoints.HasHealthy && !IsUndecided && _trouble.Begin(WhyNone())) Log.AllDown(_logger, Route.Name, endpoint, reason);
            CloseSessionsNeedsLock(endpoint);
        }
    }

    /// <summary>Discovery brought a new set. An empty one is no news: the last known good endpoints are kept.</summary>
    public void Replace(IReadOnlyCollection<Endpoint> members, string? failure)
    {
        lock (_lock)
        {
            var before = _endpoints;
            // Those that are known already stay as they are: only new ones of these are taken.
            if (_options.MustBeAsked) AwaitChecks(members);
            var after = members.Count > 0 ? before.With(members) : before;
            _endpoints = after;
            if (failure != null && failure != _resolveFailure) Log.NotResolved(_logger, Route.Name, failure, after.All.Length);
            if (failure == null && _resolveFailure != null) Log.Resolves(_logger, Route.Name);
            _resolveFailure = failure;
            if (after != before) RiseNeedsLock();
            if (after != before) Log.Replaced(_logger, Route.Name, string.Join(", ", after.All));
            if (after.All.IsEmpty) _trouble.Begin(WhyNone());
            else if (after != before && after.HasHealthy) _trouble.End();
            if (after != before) CloseSessionsNeedsLock(fell: null);
        }

        _resolved.TrySetResult();
    }

    private static IEnumerable<Endpoint> Literals(Route route, DateTimeOffset now) =>
        from host in route.Hosts()
        where route.EndpointsFile == null && !host.IsSrv && IPAddress.TryParse(host.Host.Host, out _)
        select new Endpoint(new IPEndPoint(IPAddress.Parse(host.Host.Host), host.Host.Port), host.Host, host.PathPrefix, now)
        {
            Priority = host.Priority(fromRecord: 0),
        };

    private void AwaitChecks(IEnumerable<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints) endpoint.AwaitCheck(_time.GetUtcNow());
    }

    // What is connected to an endpoint that is down stays while there is nowhere to go: the check may be wrong.
    private void CloseSessionsNeedsLock(Endpoint? fell)
    {
        if (!_options.ClosesSessions) return;
        var hasHealthy = _endpoints.HasHealthy;
        foreach (var endpoint in _endpoints.All)
        {
            var health = endpoint.Health;
            var isUnfit = health.Fitness == Fitness.Unfit;
            // One that is something else lost them when that was found, and got no more.
            if (health.IsHealthy || (isUnfit ? endpoint != fell : !hasHealthy)) continue;
            if (endpoint.InFlight > 0) Log.Closing(_logger, Route.Name, endpoint.InFlight, endpoint, health.DownReason!);
            endpoint.CloseSessions();
        }
    }

    private void RiseNeedsLock()
    {
        _rise?.TrySetResult();
        _rise = null;
    }

    // One that left the set meanwhile is nobody's choice any more.
    private bool IsReplaceableNeedsLock(Endpoint endpoint) => _endpoints.HasOtherHealthy(endpoint) && _endpoints.All.Contains(endpoint);

    private void TurnDownNeedsLock(Endpoint endpoint, string reason, DateTimeOffset notBefore = default)
    {
        if (!endpoint.TurnDown(reason, _time.GetUtcNow(), notBefore)) return;
        _ejections++;
        Log.Down(_logger, Route.Name, endpoint, reason);
    }

    // When all fail alike, because of something that all of them need, leaving some would only drown the rest.
    private bool IsOutlier(Endpoint endpoint)
    {
        if (_ejection.Percent == 0 || endpoint.Answers?.Look() is not { All: >= EjectionOptions.LeastAnswers } own || own.Kind * 100L < (long)_ejection.Percent * own.All) return false;
        var (all, bad) = (0L, 0L);
        foreach (var other in _endpoints.All)
        {
            if (other == endpoint || other.Answers?.Look() is not { } answers) continue;
            (all, bad) = (all + answers.All, bad + answers.Kind);
        }

        return 2 * bad * own.All <= own.Kind * all;
    }

    private static string Words(Endpoint endpoint) => endpoint.Answers?.Look() is { } answers ? $"{answers.Kind} of {answers.All} answers" : "too many";

    // Whether so many are up that those behind need not be used.
    private bool IsEnough(ImmutableArray<Endpoint> tier) => CountHealthy(tier) >= Math.Min(_options.MinHealthy, tier.Length);

    // Whether so few are up that it would be wrong to believe it.
    private bool IsPanic(ImmutableArray<Endpoint> tier) =>
        _options.PanicPercent > 0 && CountHealthy(tier) * 100 < _options.PanicPercent * tier.Length;

    private static int CountHealthy(ImmutableArray<Endpoint> tier)
    {
        var healthy = 0;
        foreach (var endpoint in tier)
        {
            if (endpoint.Health.IsHealthy) healthy++;
        }

        return healthy;
    }

    private static bool IsEligible(Endpoint endpoint, in TriedEndpoints tried, bool healthyOnly) =>
        (healthyOnly ? endpoint.Health.IsHealthy : endpoint.Health.MayBeTried) && !tried.Contains(endpoint);

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Warning, "Route '{Route}': {Endpoint} is down ({Reason}); what is asked goes to the others.")]
        public static partial void Down(ILogger logger, string route, Endpoint endpoint, string reason);

        [LoggerMessage(2102, LogLevel.Information, "Route '{Route}': {Endpoint} is up again.")]
        public static partial void Up(ILogger logger, string route, Endpoint endpoint);

        [LoggerMessage(2103, LogLevel.Warning, "Route '{Route}': no endpoint is up any more; the last was {Endpoint} ({Reason}).")]
        public static partial void AllDown(ILogger logger, string route, Endpoint endpoint, string reason);

        [LoggerMessage(2104, LogLevel.Information, "Route '{Route}' has an endpoint again.")]
        public static partial void Recovered(ILogger logger, string route);

        [LoggerMessage(2105, LogLevel.Warning, "Route '{Route}': {Reason}; {Known} endpoints known before are kept.")]
        public static partial void NotResolved(ILogger logger, string route, string reason, int known);

        [LoggerMessage(2106, LogLevel.Information, "Route '{Route}': its names resolve again.")]
        public static partial void Resolves(ILogger logger, string route);

        [LoggerMessage(2107, LogLevel.Information, "Route '{Route}' now leads to {Endpoints}.")]
        public static partial void Replaced(ILogger logger, string route, string endpoints);

        [LoggerMessage(2108, LogLevel.Information, "Route '{Route}': {Endpoint} is not used ({Reason}).")]
        public static partial void Unfit(ILogger logger, string route, Endpoint endpoint, string reason);

        [LoggerMessage(2109, LogLevel.Warning, "Route '{Route}': {Count} connections to {Endpoint} are closed ({Reason}), so that the app connects anew.")]
        public static partial void Closing(ILogger logger, string route, int count, Endpoint endpoint, string reason);
    }
}
