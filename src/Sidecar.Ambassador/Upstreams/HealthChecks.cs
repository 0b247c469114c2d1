using System.Net.Sockets;
using Sidecar.Ambassador.Upstreams.Checks;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// Asks each endpoint of an upstream how it is, with connections of its own. An endpoint that is down is asked more often, and
/// this is its only way back: no user's request is ever spent on finding out. One that is slow to answer delays no other's check.
/// </summary>
/// <param name="check">Asks once.</param>
/// <param name="draw">A number from 0 to 1 by which the next check comes sooner, so that the ambassadors of many pods don't ask at once; random if null.</param>
internal sealed class HealthChecks(
    Upstream upstream, HealthOptions options, Func<Endpoint, CancellationToken, Task<CheckResult>> check, TimeProvider time, Func<double>? draw = null)
{
    public static readonly TimeSpan DownInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private const double Jitter = 0.1;

    private readonly Func<double> _draw = draw ?? Random.Shared.NextDouble;
    private readonly Dictionary<Endpoint, (long At, double Pace, Task Check)> _checks = [];

    /// <summary>A connection is answer enough.</summary>
    public static async Task<string?> ConnectAsync(Endpoint endpoint, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            using var socket = await Dial.ConnectAsync(endpoint, time, cancellation);

            // A reset instead of a goodbye leaves nothing in TIME_WAIT, however often we ask.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            return null;
        }
        catch (ConnectFailure e)
        {
            return e.Message;
        }
    }

    /// <summary>One turn of a loop: begins the checks that are due, then waits.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        var endpoints = upstream.Endpoints.All;
        foreach (var gone in _checks.Keys.Where(known => !endpoints.Contains(known)).ToList()) _checks.Remove(gone);

        var wait = Tick;
        foreach (var endpoint in endpoints)
        {
            var (at, pace, last) = _checks.GetValueOrDefault(endpoint);
            if (last is { IsCompleted: false }) continue;

            if (last is { IsFaulted: true })
            {
                // What it threw is for the loop.
                _checks.Remove(endpoint);
                await last;
            }

            var remains = last == null ? TimeSpan.Zero : (Interval(endpoint) * pace) - time.GetElapsedTime(at);
            if (remains > TimeSpan.Zero) wait = remains < wait ? remains : wait;
            else _checks[endpoint] = (time.GetTimestamp(), 1 - (Jitter * _draw()), CheckAsync(endpoint, cancellation));
        }

        await Task.Delay(wait < options.Interval ? wait : options.Interval, time, cancellation);
    }

    private TimeSpan Interval(Endpoint endpoint)
    {
        // One that is something else is as steady as one that is up, until somebody has to take over.
        var isSteady = endpoint.Health.IsHealthy || (endpoint.Health.Fitness == Fitness.Unfit && upstream.Endpoints.HasHealthy);
        return (isSteady && endpoint.Failures == 0) || options.Interval < DownInterval ? options.Interval : DownInterval;
    }

    private async Task CheckAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            upstream.Checked(endpoint, await check(endpoint, either.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            upstream.Checked(endpoint, CheckResult.Failed($"no answer to the health check within {options.Timeout.TotalSeconds:0.###} s"));
        }
        catch (OperationCanceledException)
        {
            // The end; nobody waits for this check any more.
        }
    }
}
