using System.Diagnostics.CodeAnalysis;
using System.Net;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// One address of an upstream. It outlives the <see cref="EndpointSet"/> that holds it, so what is known of its health survives
/// a change of its neighbours.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing that has to be given back.")]
internal sealed class Endpoint(IPEndPoint address, HostPort origin, string pathPrefix, DateTimeOffset now)
{
    /// <summary>Behind all others, also those for bad times.</summary>
    public const int CanaryPriority = int.MaxValue;

    private volatile EndpointHealth _health = new(DownReason: null, now, NotBefore: now);
    private SlidingCounts? _answers;
    private int _failures;
    private int _badAnswers;
    private int _ejections;
    private int _inFlight;
    private CancellationTokenSource _sessions = new();

    public IPEndPoint Address { get; } = address;

    /// <summary>Another way to the same server, raced with the first when that does not answer at once; null when there is none.</summary>
    public IPEndPoint? Other { get; set; }

    /// <summary>The host and port as the URL names them: what goes into a Host header and what a certificate is checked against.</summary>
    public HostPort Origin { get; } = origin;

    public string PathPrefix { get; } = pathPrefix;

    /// <summary>Those with the lowest are used while enough of them are up.</summary>
    public int Priority { get; set; }

    /// <summary>A new version on trial: it gets only what is meant for it, or what nobody else can serve.</summary>
    public bool IsCanary => Priority == CanaryPriority;

    /// <summary>Its share, where endpoints are chosen by that.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>The same wherever and whenever it is known.</summary>
    public ulong Identity { get; } = StableHash.Of($"{address}{pathPrefix}");

    public EndpointHealth Health => _health;

    /// <summary>Ends when what is connected to the endpoint should leave it. It is taken before a connection is begun.</summary>
    public CancellationToken Sessions => Volatile.Read(ref _sessions).Token;

    /// <summary>Failures in a row.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Requests or connections under way; what the balancing compares.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);

    public void CloseSessions() => _ = Interlocked.Exchange(ref _sessions, new CancellationTokenSource()).CancelAsync();

    /// <summary>Takes over the rank, and the other way in, of what is the same endpoint.</summary>
    /// <returns>False when it changed.</returns>
    public bool RankAs(Endpoint other)
    {
        var isSame = (Priority, Weight) == (other.Priority, other.Weight);
        (Priority, Weight, Other) = (other.Priority, other.Weight, other.Other);
        return isSame;
    }

    public bool IsSame(Endpoint other) => Address.Equals(other.Address) && PathPrefix == other.PathPrefix;

    /// <summary>Counts one more failure in a row and returns how many there are now.</summary>
    public int Failed() => Interlocked.Increment(ref _failures);

    public void Worked()
    {
        // Read first: a write for each request would bounce the cache line between the cores.
        if (Volatile.Read(ref _failures) != 0) Volatile.Write(ref _failures, 0);
    }

    /// <summary>Its answers of late, and how many of them were bad. Null until the first was counted.</summary>
    public SlidingCounts? Answers => _answers;

    /// <summary>Counts an answer, or that there was none, among those of late.</summary>
    public void CountAnswer(bool isBad, TimeSpan window, TimeProvider time)
    {
        var answers = _answers ?? Interlocked.CompareExchange(ref _answers, new SlidingCounts(window, time), null) ?? _answers;
        answers.Add();
        if (isBad) answers.AddKind();
    }

    /// <summary>It answered, and well.</summary>
    public void Answered()
    {
        Worked();
        if (Volatile.Read(ref _badAnswers) != 0) Volatile.Write(ref _badAnswers, 0);
    }

    /// <summary>Counts one more bad answer in a row and returns how many there are now.</summary>
    public int AnsweredBadly() => Interlocked.Increment(ref _badAnswers);

    /// <summary>How long it is left for this time: the double of the last, unless that was long ago.</summary>
    public TimeSpan NextEjection(EjectionOptions options, DateTimeOffset now)
    {
        if (now - _health.Since > options.Longest) _ejections = 0;
        var doubled = options.First * Math.Pow(2, Math.Min(_ejections++, 30));
        return doubled < options.Longest ? doubled : options.Longest;
    }

    /// <summary>It must not be used before it was asked what it is.</summary>
    public void AwaitCheck(DateTimeOffset now) => _health = new EndpointHealth("was not asked yet what it is", now, NotBefore: default, Fitness.Unasked);

    /// <param name="notBefore">When a check may bring it back at the earliest.</param>
    /// <returns>True when this is the change, the moment to log.</returns>
    public bool TurnDown(string reason, DateTimeOffset now, DateTimeOffset notBefore = default, bool isUnfit = false)
    {
        var before = _health;
        var fitness = isUnfit || before.Fitness == Fitness.Unfit ? Fitness.Unfit : Fitness.Fit;
        var isChange = before.IsHealthy || before.Fitness != fitness;
        _health = new EndpointHealth(reason, isChange ? now : before.Since, before.NotBefore > notBefore ? before.NotBefore : notBefore, fitness);
        return isChange;
    }

    /// <returns>True when this is the change, the moment to log.</returns>
    public bool TurnUp(DateTimeOffset now)
    {
        var before = _health;
        if (before.IsHealthy || now < before.NotBefore) return false;
        Volatile.Write(ref _failures, 0);
        Volatile.Write(ref _badAnswers, 0);
        _answers?.Forget();
        _health = new EndpointHealth(DownReason: null, now, NotBefore: now);
        return true;
    }

    public override string ToString() => Origin.Host == Address.Address.ToString() ? Origin.ToString() : $"{Origin} ({Address})";
}
