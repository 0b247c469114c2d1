using Sidecar.Ambassador.Http;
using Sidecar.Ambassador.Http.Access;
using Sidecar.Ambassador.Http.Admission;
using Sidecar.Ambassador.Http.Hedging;
using Sidecar.Ambassador.Http.Telling;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Tcp;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>An HTTP or TCP route with all that its settings say.</summary>
/// <param name="Http">Null for a TCP route.</param>
internal sealed record ForwardedRoute(Route Route, UpstreamOptions Upstream, HealthOptions Health, HttpOptions? Http, AdmissionOptions Admission)
{
    /// <summary>Null where nothing is encrypted.</summary>
    public UpstreamTls? Tls { get; init; }

    /// <summary>Of an HTTP route nothing is said here.</summary>
    public TcpOptions Tcp { get; init; } = new(TimeSpan.Zero, MaxConnections: 0, Tls: null);

    /// <summary>Null unless endpoints are asked whether they are a PostgreSQL primary or replica.</summary>
    public PostgresLogin? Postgres { get; init; }

    public static ForwardedRoute Read(BoundSettings settings, Route route)
    {
        var thing = settings.Named(AmbassadorSettings.Route).First(thing => thing.Name == route.Name);
        var isHttp = route.Scheme.IsHttp();
        var retry = new RetryOptions(
            thing.Get(AmbassadorSettings.Retries), thing.Get(AmbassadorSettings.RetryBudget), (int)thing.Get(AmbassadorSettings.RetryBuffer),
            thing.Get(AmbassadorSettings.TryTimeout), thing.Get(AmbassadorSettings.Deadline));
        var queueTimeout = thing.IsSet(AmbassadorSettings.QueueTimeout) ? thing.Get(AmbassadorSettings.QueueTimeout) : TimeSpan.Zero;
        var check = thing.Get(AmbassadorSettings.Check);
        var http = new HttpOptions(retry, thing.Get(AmbassadorSettings.Timeout), thing.Get(AmbassadorSettings.PreserveHost),
            queueTimeout, thing.Get(AmbassadorSettings.HashOn),
            route.Canary.Count > 0 || route.EndpointsFile != null ? new CanaryRule(ReadCanaryShare(settings, thing), thing.Get(AmbassadorSettings.CanaryHeader)) : null)
        {
            Breaker = Degradation.ReadBreaker(thing),
            Hedge = ReadHedge(settings, thing, retry),
            Listens = thing.Get(AmbassadorSettings.ListensFor),
            Cache = Degradation.ReadCache(settings, thing),
            Fallback = Degradation.ReadFallback(settings, thing),
        };
        var admission = new AdmissionOptions(thing.Get(AmbassadorSettings.MaxRequests), thing.Get(AmbassadorSettings.MaxPending), thing.Get(AmbassadorSettings.MaxConnections), thing.Get(AmbassadorSettings.RateLimit));
        var ejection = new EjectionOptions(
            thing.Get(AmbassadorSettings.EjectAfter), thing.Get(AmbassadorSettings.EjectTime), thing.Get(AmbassadorSettings.EjectTimeMax),
            thing.Get(AmbassadorSettings.EjectRate));
        var health = new HealthOptions(
            thing.Get(AmbassadorSettings.HealthInterval), thing.Get(AmbassadorSettings.HealthTimeout), isHttp ? thing.Get(AmbassadorSettings.HealthPath) : null,
            isHttp ? thing.Get(AmbassadorSettings.HealthStatus) : null, isHttp ? null : check);
        var balance = thing.Get(AmbassadorSettings.Balancing) ?? (isHttp ? Balance.P2c : Balance.First);
        if (balance == Balance.Hash && thing.Get(AmbassadorSettings.HashOn) == null)
            settings.Fault(thing.VariableOf(AmbassadorSettings.HashOn), null, "expected beside _BALANCE=hash", AmbassadorSettings.HashOn.Example);
        var upstream = new UpstreamOptions(
            balance, isHttp ? ejection : EjectionOptions.Never, thing.Get(AmbassadorSettings.MinHealthy), thing.Get(AmbassadorSettings.PanicThreshold),
            thing.Get(AmbassadorSettings.SlowStart), MustBeAsked: !isHttp && check.IsForRole, ClosesSessions: !isHttp && thing.Get(AmbassadorSettings.WhenDown) == OnDown.Close);
        var tls = ReadTls(settings, thing, route);
        http = http with
        {
            Login = ReadLogin(settings, thing, route), Rules = AccessSettings.RulesOf(thing),
            AccessLog = thing.Get(TellingSettings.AccessLog), Context = thing.Get(TellingSettings.Context),
            MaxBodyBytes = thing.Get(ServingSettings.MaxBody),
        };
        return new ForwardedRoute(route, upstream, health, isHttp ? http : null, admission)
        {
            Tls = tls,
            Tcp = new TcpOptions(queueTimeout, thing.Get(AmbassadorSettings.MaxConnections), route.Scheme.IsTls() ? tls : null),
            Postgres = isHttp ? null : PostgresAccess.Read(settings, thing, check, tls),
        };
    }

    private static HedgeDelay? ReadHedge(BoundSettings settings, NamedThing thing, RetryOptions retry)
    {
        var hedge = thing.Get(HedgeDelay.Setting);
        if (hedge != null && (retry.Retries == 0 || retry.BudgetPercent == 0))
            settings.Fault(thing.VariableOf(HedgeDelay.Setting), hedge.ToString(), "expected only with _RETRIES and _RETRY_BUDGET above 0: a hedge is one of them");
        return hedge;
    }

    private static Func<int> ReadCanaryShare(BoundSettings settings, NamedThing thing)
    {
        var fixedShare = thing.Get(AmbassadorSettings.CanaryWeight);
        if (thing.Get(AmbassadorSettings.CanaryWeightFile) is not { } path) return () => fixedShare;
        var variable = thing.VariableOf(AmbassadorSettings.CanaryWeightFile);
        if (thing.IsSet(AmbassadorSettings.CanaryWeight)) settings.Fault(variable, path, $"expected either this or {thing.VariableOf(AmbassadorSettings.CanaryWeight)}, not both");
        var file = Secret.FromFile(path, TimeProvider.System);
        if (!file.IsRight || FollowedPercent.Parse(file.Value.Current) is not { } first)
        {
            settings.Fault(variable, path, "a file with a whole number from 0 to 100 is expected");
            return () => fixedShare;
        }

        var followed = new FollowedPercent(file.Value, first);
        return () => followed.Current;
    }

    private static UpstreamTls? ReadTls(BoundSettings settings, NamedThing thing, Route route)
    {
        if (route.Scheme.IsTls() || (route.Scheme == UpstreamScheme.Tcp && thing.Get(AmbassadorSettings.CheckSslMode) == SslMode.VerifyFull)) return TlsAccess.Read(settings, thing);
        TlsAccess.Refuse(settings, thing, route.Scheme.IsHttp() ? "https://" : "tls://, or _CHECK_SSLMODE=verify-full,");
        return null;
    }

    private static UpstreamLogin? ReadLogin(BoundSettings settings, NamedThing thing, Route route)
    {
        if (thing.Get(AmbassadorSettings.Bearer) is not { } token) return route.Credentials is { } credentials ? UpstreamLogin.Basic(credentials) : null;
        var variable = thing.VariableOf(AmbassadorSettings.Bearer);
        if (route.Credentials != null) settings.Fault(variable, null, "expected either this or a user name and password, not both");
        if (!UpstreamLogin.IsToken(token.Current)) settings.Fault(variable, Secret.Mask, "a token of printable ASCII without blanks is expected");
        return UpstreamLogin.Bearer(token);
    }

    /// <summary>What would happen, in one line.</summary>
    public string Describe()
    {
        var hosts = Route.EndpointsFile ?? string.Join(", ", Route.Hosts().Where(host => host.Role == HostRole.Normal).Select(Describe));
        var backup = Route.Backup.Count == 0 ? "" : $", else {string.Join(", ", Route.Hosts().Where(host => host.Role == HostRole.Backup).Select(Describe))}";
        var canary = Route.Canary.Count == 0 ? "" : $", {Http?.Canary?.Share()} % to {string.Join(", ", Route.Hosts().Where(host => host.Role == HostRole.Canary).Select(Describe))}";
        var order = Upstream.Balance switch
        {
            Balance.P2c => "the less busy of two",
            Balance.First => "the first that is up",
            Balance.RoundRobin => "one after the other",
            Balance.Random => "any",
            Balance.Weighted => "any, by weight",
            _ => "by hash",
        };
        return $"{Route.Name}: {string.Join(", ", Route.Listen)}{Route.Scope} -> {hosts}{backup}{canary} ({order}; checked by {Health} every {Health.Interval.TotalSeconds:0.###} s{Extras()})";
    }

    private string Extras()
    {
        List<string> extras = [];
        if (Http?.Hedge is { } hedge) extras.Add($"a second asked after {hedge}");
        if (Http?.Cache is { } cache) extras.Add($"answers kept in {cache.Bytes} bytes{(cache.StaleIfError > TimeSpan.Zero ? $", {ValueForms.Show(cache.StaleIfError)} longer for errors" : "")}");
        if (Http?.Breaker is { } breaker) extras.Add($"left for {ValueForms.Show(breaker.Rest)} when {breaker.Percent} % fail");
        if (Http?.Fallback is { } fallback) extras.Add($"else {fallback.Status} of our own");
        return string.Concat(extras.Select(extra => $"; {extra}"));
    }

    private string Describe(ListedHost host) =>
        host.IsSrv ? $"{UpstreamSchemes.Srv}{Route.Scheme.Text()}://{host.Host.Host}{host.PathPrefix}" : $"{Route.Scheme.Text()}://{host.Host}{host.PathPrefix}";
}
