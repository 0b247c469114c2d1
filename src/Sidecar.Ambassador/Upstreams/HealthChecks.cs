using System.Net.Sockets;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// Asks each endpoint of an upstream how it is, with connections of its own. An endpoint that is down is asked more often, and
/// this is its only way back: no user's request is ever spent on finding out.
/// </summary>
/// <param name="check">Asks once: null when all is well, else the reason.</param>
internal sealed class HealthChecks(
    Upstream upstream, HealthOptions options, Func<Endpoint, CancellationToken, Task<string?>> check, TimeProvider time)
{
    public static readonly TimeSpan DownInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<Endpoint, long> _checkedAt = [];

    /// <summary>A connection is answer enough.</summary>
    public static async Task<string?> ConnectAsync(Endpoint endpoint, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            using var socket = await Dial.ConnectAsync(endpoint.Address, time, cancellation);

            // A reset instead of a goodbye leaves nothing in TIME_WAIT, however often we ask.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            return null;
        }
        catch (ConnectFailure e)
        {
            return e.Message;
        }
    }

    /// <summary>One turn of a loop: checks what is due, then waits.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        var endpoints = upstream.Endpoints.All;
        foreach (var gone in _checkedAt.Keys.Where(known => !endpoints.Contains(known)).ToList()) _checkedAt.Remove(gone);

        var due = endpoints.Where(IsDue).ToList();
        foreach (var endpoint in due) _checkedAt[endpoint] = time.GetTimestamp();
        await Task.WhenAll(due.Select(endpoint => CheckAsync(endpoint, cancellation)));
        await Task.Delay(Tick < options.Interval ? Tick : options.Interval, time, cancellation);
    }

    private bool IsDue(Endpoint endpoint)
    {
        if (!_checkedAt.TryGetValue(endpoint, out var at)) return true;
        var isSound = endpoint.Health.IsHealthy && endpoint.Failures == 0;
        var interval = isSound || options.Interval < DownInterval ? options.Interval : DownInterval;
        return time.GetElapsedTime(at) >= interval;
    }

    private async Task CheckAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        string? reason;
        try
        {
            reason = await check(endpoint, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            reason = $"no answer to the health check within {options.Timeout.TotalSeconds:0.###} s";
        }

        if (reason == null) upstream.CheckPassed(endpoint);
        else upstream.CheckFailed(endpoint, reason);
    }
}
