using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Http.Retries;

/// <summary>How the last try of a request ended; at first that there was none.</summary>
/// <param name="ConnectFailure">Why no connection came about; null when one did.</param>
/// <param name="Withheld">What was wrong, where the caller gets something else than that.</param>
internal readonly record struct TryEnd(TryOutcome Outcome, Attempt? Attempt, ConnectFailure? ConnectFailure, Failure? Withheld)
{
    private static readonly TimeSpan RetryAfterOutage = TimeSpan.FromSeconds(1);

    public RetryReason Reason => Outcome switch
    {
        TryOutcome.NotConnected => RetryReason.Connect,
        TryOutcome.Refused or TryOutcome.Malformed => RetryReason.Status,
        TryOutcome.TimedOut => RetryReason.Timeout,
        TryOutcome.Hung => RetryReason.Hang,
        _ => RetryReason.Reset,
    };

    /// <summary>What the caller is told when nobody else is asked.</summary>
    public Failure FailureFor(Upstream upstream, TimeSpan after)
    {
        var endpoint = Attempt?.Endpoint.Origin.ToString();
        switch (Outcome)
        {
            case TryOutcome.TimedOut or TryOutcome.Hung:
                return new Failure(
                    StatusCodes.Status504GatewayTimeout, ProxyError.HttpResponseTimeout, FaultOrigin.Endpoint, $"no answer began within {after.TotalSeconds:0.#} s", endpoint);
            case TryOutcome.Lost:
                return new Failure(
                    StatusCodes.Status502BadGateway, ProxyError.ConnectionTerminated, FaultOrigin.Network, "the connection broke before an answer began", endpoint);
            case TryOutcome.Malformed:
                return new Failure(
                    StatusCodes.Status502BadGateway, ProxyError.HttpProtocolError, FaultOrigin.Endpoint, "the answer could not be read as HTTP", endpoint);
            case TryOutcome.Refused:
                return new Failure(Attempt!.Status, default, FaultOrigin.Endpoint, $"answered {Attempt.Status}", endpoint, Attempt.RetryAfter, Attempt.Status);
            default:
                var words = $"no endpoint can be reached: {ConnectFailure?.Message ?? upstream.WhyNone()}";
                return new Failure(StatusCodes.Status503ServiceUnavailable, ErrorFor(upstream), FaultOrigin.Network, words, endpoint, RetryAfterOutage);
        }
    }

    private ProxyError ErrorFor(Upstream upstream) => ConnectFailure?.Kind switch
    {
        ConnectFailureKind.Refused => ProxyError.ConnectionRefused,
        ConnectFailureKind.TimedOut => ProxyError.ConnectionTimeout,
        ConnectFailureKind.Certificate => ProxyError.TlsCertificateError,
        ConnectFailureKind.Tls => ProxyError.TlsProtocolError,
        null when upstream.ResolveFailure != null => ProxyError.DnsError,
        _ => ProxyError.DestinationUnavailable,
    };
}
