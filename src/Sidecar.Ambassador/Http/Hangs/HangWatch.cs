using Sidecar.Ambassador.Http.Retries;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Http.Hangs;

/// <summary>
/// Finds endpoints that hang. A request that waits for longer than its route's answers take makes us ask its endpoint something
/// else; only when that is not answered either is the endpoint turned down, and what can safely go elsewhere does. A slow answer
/// of an endpoint that is alive is waited for.
/// </summary>
internal sealed class HangWatch(Upstream upstream, HttpPing ping, TimeProvider time)
{
    public static readonly TimeSpan LeastSuspicion = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan PingPatience = TimeSpan.FromMilliseconds(150);

    private const int UsualTimes = 3;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestTrust = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FadeInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly LinkedList<Attempt> _waiting = new();
    private readonly HashSet<Endpoint> _outpaced = [];
    private long _fadedAt = time.GetTimestamp();
    private long _outpacedAskedAt;
    private TaskCompletionSource? _asleep;

    /// <summary>How long answers took of late.</summary>
    public AnswerTimes Times { get; } = new();

    /// <summary>How long a request may wait before its endpoint is suspected.</summary>
    public TimeSpan Suspicion
    {
        get
        {
            var usual = Times.Percentile(99) * UsualTimes;
            return usual > LeastSuspicion ? usual : LeastSuspicion;
        }
    }

    /// <summary>The request waits for its answer from now on.</summary>
    public void Sent(Attempt attempt)
    {
        TaskCompletionSource? asleep;
        lock (_lock)
        {
            _waiting.AddLast(attempt.Place);
            asleep = _asleep;
            _asleep = null;
        }

        asleep?.TrySetResult();
    }

    /// <summary>The answer came to its end, or there will be none.</summary>
    public void Ended(Attempt attempt)
    {
        // One that was given up for a faster one took at least so long: without it what is usual would seem ever shorter.
        if (attempt.AnsweredAfter is { } after) Times.Add(after);
        else if (attempt.IsOutpaced) Times.Add(time.GetElapsedTime(attempt.StartedAt));
        TaskCompletionSource? asleep = null;
        lock (_lock)
        {
            if (attempt.Place.List != null) _waiting.Remove(attempt.Place);
            // Nobody waits there long enough any more to make us wonder.
            if (attempt.IsOutpaced && attempt.AnsweredAfter == null && _outpaced.Add(attempt.Endpoint)) (asleep, _asleep) = (_asleep, null);
        }

        asleep?.TrySetResult();
    }

    /// <summary>One turn of a loop: costs nothing while no request waits.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        TaskCompletionSource? asleep;
        lock (_lock) asleep = _asleep = _waiting.Count == 0 && _outpaced.Count == 0 ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        if (asleep != null) await asleep.Task.WaitAsync(cancellation);
        await Task.Delay(Tick, time, cancellation);

        if (Suspects() is { } suspects) await Task.WhenAll(suspects.Select(endpoint => AskAsync(endpoint, cancellation)));
        if (time.GetElapsedTime(_fadedAt) < FadeInterval) return;
        Times.Fade();
        _fadedAt = time.GetTimestamp();
    }

    private List<Endpoint>? Suspects()
    {
        var suspicion = Suspicion;
        var now = time.GetTimestamp();
        List<Endpoint>? suspects = null;
        lock (_lock)
        {
            // In the order in which they were sent: behind one that is not late none is.
            LinkedListNode<Attempt>? next;
            for (var place = _waiting.First; place != null && time.GetElapsedTime(place.Value.StartedAt, now) >= suspicion; place = next)
            {
                next = place.Next;
                var attempt = place.Value;
                if (attempt.AnsweredAfter != null)
                    _waiting.Remove(place);
                else if (now >= attempt.TrustedUntil && suspects?.Contains(attempt.Endpoint) != true && upstream.HasOtherHealthy(attempt.Endpoint, default))
                    (suspects ??= []).Add(attempt.Endpoint);
            }

            if (_outpaced.Count > 0 && time.GetElapsedTime(_outpacedAskedAt, now) >= LongestTrust) AddOutpacedNeedsLock(suspects ??= [], now);
        }

        return suspects;
    }

    private void AddOutpacedNeedsLock(List<Endpoint> suspects, long now)
    {
        foreach (var endpoint in _outpaced)
        {
            if (!suspects.Contains(endpoint) && upstream.HasOtherHealthy(endpoint, default)) suspects.Add(endpoint);
        }

        _outpaced.Clear();
        _outpacedAskedAt = now;
    }

    private async Task AskAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        var isAlive = false;
        using var patience = new CancellationTokenSource(PingPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            isAlive = await ping.IsAliveAsync(endpoint, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // No answer in time is what we wanted to know.
        }

        var isLeft = !isAlive && upstream.Hangs(endpoint);
        foreach (var attempt in WaitingFor(endpoint, mayTrust: !isLeft)) attempt.LeaveHung();
    }

    // With trust, or nowhere to go: they wait on, and the longer they have waited the later we ask again.
    private List<Attempt> WaitingFor(Endpoint endpoint, bool mayTrust)
    {
        var now = time.GetTimestamp();
        var leaving = new List<Attempt>();
        lock (_lock)
        {
            foreach (var attempt in _waiting.Where(attempt => attempt.Endpoint == endpoint && attempt.AnsweredAfter == null))
            {
                if (!mayTrust)
                {
                    leaving.Add(attempt);
                    continue;
                }

                var age = time.GetElapsedTime(attempt.StartedAt, now);
                attempt.TrustedUntil = now + (long)((age < LongestTrust ? age : LongestTrust).TotalSeconds * time.TimestampFrequency);
            }
        }

        return leaving;
    }
}
