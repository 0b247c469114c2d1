using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Http.Hedging;
using Sidecar.Ambassador.Http.Telling;
using Sidecar.Ambassador.Upstreams;
using Yarp.ReverseProxy.Forwarder;
using Endpoint = Sidecar.Ambassador.Upstreams.Endpoint;

namespace Sidecar.Ambassador.Http.Retries;

/// <summary>One try of one request on one endpoint: what is changed on the way there and back, and how it is left when it takes too long.</summary>
/// <param name="mayMove">Whether the request may be taken from this endpoint before it answers, if there is somewhere to go.</param>
/// <param name="tried">Where it need not go.</param>
internal sealed class Attempt(
    Upstream upstream, HttpOptions options, Endpoint endpoint, TraceContext trace, TimeProvider time, ReplayBody? body, RetryBudget budget, bool mayMove,
    TriedEndpoints tried, CacheVisit? visit)
    : HttpTransformer, IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _leaving;
    private ITimer? _limit;
    private TryOutcome? _left;
    private Race? _race;
    private LinkedListNode<Attempt>? _place;

    public Endpoint Endpoint => endpoint;

    public long StartedAt { get; } = time.GetTimestamp();

    /// <summary>Whose request it is, where it is asked with one of its own beside it; null for the caller's own.</summary>
    public HttpContext? Caller { get; init; }

    /// <summary>Why this endpoint; null unless somebody reads it.</summary>
    public string? Why { get; set; }

    /// <summary>Null unless spans are recorded.</summary>
    public Activity? Span { get; set; }

    /// <summary>Where it stands among those that wait for an answer.</summary>
    public LinkedListNode<Attempt> Place => _place ??= new LinkedListNode<Attempt>(this);

    /// <summary>Until when nobody wonders that there is no answer yet.</summary>
    public long TrustedUntil { get; set; }

    /// <summary>The endpoint's status was held back from the caller, so that another one can be asked.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>The endpoint's answer, when the caller does not get it though nobody else is asked: there is something better.</summary>
    public Failure? Withheld { get; private set; }

    /// <summary>The status that the endpoint answered; 0 for none.</summary>
    public int Status { get; private set; }

    public bool IsError => Status >= StatusCodes.Status500InternalServerError;

    /// <summary>The answer is an error that somebody behind the endpoint has told of.</summary>
    public bool IsDeeper { get; private set; }

    /// <summary>How long the endpoint asked not to be asked again.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>How long the endpoint took until its answer began; null when none did.</summary>
    public TimeSpan? AnsweredAfter { get; private set; }

    /// <summary>The try ended while it waited for the caller to send more of its body.</summary>
    public bool IsLeftByCaller => body is { IsWaitingForCaller: true };

    /// <summary>Another try of the same request was faster.</summary>
    public bool IsOutpaced => _left == TryOutcome.Outpaced;

    /// <summary>Ends when the try is given up before its answer.</summary>
    public CancellationToken Left => _leaving?.Token ?? CancellationToken.None;

    /// <summary>Prepares for being given up, after some time or when the endpoint turns out to hang.</summary>
    public void Limit(TimeSpan limit)
    {
        if (limit != Timeout.InfiniteTimeSpan || mayMove || Caller != null) _leaving = new CancellationTokenSource();
        if (limit != Timeout.InfiniteTimeSpan) _limit = time.CreateTimer(static attempt => ((Attempt)attempt!).Leave(TryOutcome.TimedOut), this, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes the request from an endpoint that hangs, if it can go elsewhere.</summary>
    public void LeaveHung()
    {
        if (CanMove()) Leave(TryOutcome.Hung);
    }

    /// <summary>From now on another try may answer before this one.</summary>
    /// <returns>False when this one's answer has begun, or it is over.</returns>
    public bool TryJoin(Race race)
    {
        lock (_lock)
        {
            if (AnsweredAfter != null || _left != null) return false;
            _race = race;
            return true;
        }
    }

    /// <summary>The other try has the caller now.</summary>
    public void LeaveOutpaced() => Leave(TryOutcome.Outpaced);

    /// <summary>The try is over.</summary>
    public void LeaveRace() => _race?.Leave(this);

    public void Dispose() => _limit?.Dispose();

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        HopByHop.Remove(httpContext.Request.Headers.Connection, proxyRequest);
        proxyRequest.RequestUri = new Uri(destinationPrefix + RequestTarget.Of(httpContext), RequestTarget.AsWritten);
        proxyRequest.Headers.Host = options.PreserveHost ? httpContext.Request.Host.Value : UpstreamConnections.Authority(upstream.Route, endpoint);
        proxyRequest.Options.Set(UpstreamConnections.EndpointKey, endpoint);
        trace.WriteTo(proxyRequest.Headers, Span);
        if (options.Login is { } login && StringValues.IsNullOrEmpty(httpContext.Request.Headers.Authorization))
            proxyRequest.Headers.TryAddWithoutValidation("Authorization", login.Header);
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse == null) return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (!TryAnswer()) return false;

        Status = (int)proxyResponse.StatusCode;
        if (BadAnswer.Is(Status))
        {
            RetryAfter = BadAnswer.RetryAfter(proxyResponse, time);
            if (_race?.TryHoldBack(this) == true || (budget.HasRoom && CanMove()))
            {
                WasRefused = true;
                return false;
            }
        }

        if (_race != null && !await _race.TryWinAsync(this))
        {
            _left = TryOutcome.Outpaced;
            return false;
        }

        IsDeeper = IsError && ProxyStatus.TellsOfDeeper(proxyResponse);
        if (visit?.TryFreshen(proxyResponse) == true || TryWithhold(httpContext, proxyResponse)) return false;
        if (Caller != null) ShadowRequest.BindHead(httpContext, Caller, proxyResponse);
        var copiesBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse.Headers.NonValidated.TryGetValues("Connection", out var connection))
            HopByHop.Remove(new StringValues([.. connection]), httpContext.Response.Headers);
        if (IsError) ProxyStatus.AddReceived(httpContext.Response.Headers, upstream.Route.Name, Status, endpoint.Origin.ToString());
        visit?.Answers();
        // Whoever looks at the body on its way to the caller does so by now.
        if (Caller != null) ShadowRequest.BindBody(httpContext, Caller);
        return copiesBody;
    }

    public TryOutcome Outcome(ForwarderError error, Exception? exception)
    {
        if (WasRefused) return TryOutcome.Refused;
        if (Withheld != null) return TryOutcome.Withheld;
        if (_left is { } left) return left;
        return error switch
        {
            ForwarderError.None => TryOutcome.Answered,
            // Two lengths, for one: nothing of it has gone to the caller, though an answer it was to our client.
            ForwarderError.ResponseHeaders => TryOutcome.Malformed,
            _ when AnsweredAfter != null => TryOutcome.Answered,
            ForwarderError.Request when FindConnectFailure(exception) != null => TryOutcome.NotConnected,
            // With a cause it is a connection by HTTP/2 that ended between two frames.
            ForwarderError.Request when exception is HttpRequestException
                { InnerException: null, HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } => TryOutcome.Malformed,
            ForwarderError.RequestTimedOut => IsLeftByCaller ? TryOutcome.CallerFailed : TryOutcome.TimedOut,
            ForwarderError.RequestBodyClient when IsConnectionBehind(exception) => TryOutcome.Lost,
            ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient => TryOutcome.CallerFailed,
            _ => TryOutcome.Lost,
        };
    }

    public static ConnectFailure? FindConnectFailure(Exception? exception)
    {
        for (var e = exception; e != null; e = e.InnerException)
        {
            if (e is ConnectFailure failure) return failure;
        }

        return exception != null && PeerCheck.RefusalOfOurs(exception) is { } words ? new ConnectFailure(ConnectFailureKind.Certificate, words, exception) : null;
    }

    // An HTTP/2 connection that breaks ends the reading of the body, which the forwarder takes for the caller's fault. At a time-out
    // both end for that, and a caller that leaves gives nothing up.
    private static bool IsConnectionBehind(Exception? exception) =>
        exception is AggregateException { InnerExceptions: [OperationCanceledException { CancellationToken.IsCancellationRequested: true }, not OperationCanceledException] };

    private bool TryWithhold(HttpContext context, HttpResponseMessage response)
    {
        if (!IsError || (visit?.StandsInFor(Status) != true && options.Fallback?.Replaces(context.Request, Status) != true)) return false;
        Withheld = new Failure(
            Status, default, IsDeeper ? FaultOrigin.Deeper : FaultOrigin.Endpoint, $"answered {Status}", endpoint.Origin.ToString(), RetryAfter, Status, ProxyStatus.OfDeeper(response));
        return true;
    }

    // Asked only now: who was down when it was sent may be up. From now on all of the body is kept, or it was lost before.
    private bool CanMove() => mayMove && upstream.HasOtherHealthy(endpoint, tried) && (body == null || body.TryHold());

    private void Leave(TryOutcome why)
    {
        lock (_lock)
        {
            if (AnsweredAfter != null || _left != null) return;
            _left = why;
        }

        // Not here: whoever waits for the answer would go on inside this call.
        _ = _leaving?.CancelAsync();
    }

    private bool TryAnswer()
    {
        lock (_lock)
        {
            if (_left != null) return false;
            AnsweredAfter = time.GetElapsedTime(StartedAt);
        }

        _limit?.Dispose();
        return true;
    }
}
