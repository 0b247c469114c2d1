using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Http.Breaking;

/// <summary>
/// Gives a service a rest when too many requests of its route fail, whichever endpoint they went to. After the rest one request
/// tries; while it is under way all others are still refused, and how it ends decides.
/// </summary>
internal sealed partial class CircuitBreaker(string route, BreakerOptions options, Trouble trouble, TimeProvider time, ILogger logger)
{
    public const string Remedy =
        "Look at the service: too many of its answers are errors, or come too late. After _BREAKER_TIME one request tries it. _BREAKER says how many may fail.";

    private readonly SlidingCounts _requests = new(options.Window, time);
    private readonly Lock _lock = new();
    private string _why = "";
    private long _openedAt;
    private long _triedAt;
    private bool _isTrying;
    private long _refused;
    private volatile bool _isOpen;

    public string Route => route;

    public bool IsOpen => _isOpen;

    public long Refused => Interlocked.Read(ref _refused);

    /// <returns>Why the request may not be sent; null when it may.</returns>
    /// <param name="isTrial">Whether it is the one that decides.</param>
    public Failure? Enter(out bool isTrial)
    {
        isTrial = false;
        if (!_isOpen) return null;
        lock (_lock)
        {
            var left = options.Rest - time.GetElapsedTime(_openedAt);
            if (!_isOpen) return null;
            // One that takes its time, as a download does, must not keep all others out.
            if (left <= TimeSpan.Zero && (!_isTrying || time.GetElapsedTime(_triedAt) >= options.Rest)) return TryNeedsLock(out isTrial);
            Interlocked.Increment(ref _refused);
            return new Failure(
                StatusCodes.Status503ServiceUnavailable, ProxyError.DestinationUnavailable, FaultOrigin.Endpoint, $"the circuit breaker is open: {_why}",
                RetryAfter: left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1));
        }
    }

    /// <param name="isGood">Null when the request says nothing of the service: its caller left.</param>
    public void Ended(bool isTrial, bool? isGood)
    {
        if (isTrial) Judge(isGood);
        else if (isGood is { } good && !_isOpen) Count(good);
    }

    public JsonObject Status()
    {
        var (all, failed) = _requests.Look();
        lock (_lock)
        {
            return new JsonObject
            {
                ["state"] = !_isOpen ? "closed" : _isTrying ? "half-open" : "open",
                ["reason"] = _isOpen ? _why : null,
                ["seconds_left"] = _isOpen ? Math.Max(0, Math.Round((options.Rest - time.GetElapsedTime(_openedAt)).TotalSeconds, 1)) : 0,
                ["requests"] = all,
                ["failed"] = failed,
                ["refused"] = Refused,
            };
        }
    }

    private Failure? TryNeedsLock(out bool isTrial)
    {
        isTrial = _isTrying = true;
        _triedAt = time.GetTimestamp();
        return null;
    }

    private void Judge(bool? isGood)
    {
        lock (_lock)
        {
            _isTrying = false;
            if (isGood == false) OpenNeedsLock("the request that tried failed as well");
            if (isGood != true || !_isOpen) return;
            (_isOpen, _why) = (false, "");
            trouble.End();
        }

        _requests.Forget();
        Log.Closed(logger, route);
    }

    private void Count(bool isGood)
    {
        _requests.Add();
        if (isGood) return;
        _requests.AddKind();
        var (all, failed) = _requests.Look();
        if (all < options.Requests || failed * 100L < (long)options.Percent * all) return;
        lock (_lock)
        {
            if (_isOpen) return;
            OpenNeedsLock(string.Create(CultureInfo.InvariantCulture, $"{failed} of {all} requests failed"));
        }

        Log.Opened(logger, route, _why, options.Rest);
    }

    private void OpenNeedsLock(string why)
    {
        (_isOpen, _why, _openedAt) = (true, why, time.GetTimestamp());
        trouble.Begin($"nothing is sent: {why}");
    }

    private static partial class Log
    {
        [LoggerMessage(2212, LogLevel.Warning, "Route '{Route}': {Why}; nothing is sent for {Rest}, and then one request tries.")]
        public static partial void Opened(ILogger logger, string route, string why, TimeSpan rest);

        [LoggerMessage(2213, LogLevel.Information, "Route '{Route}': the service answers again; the circuit breaker is closed.")]
        public static partial void Closed(ILogger logger, string route);
    }
}
