using Sidecar.Ambassador.Http.Retries;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;
using Endpoint = Sidecar.Ambassador.Upstreams.Endpoint;

namespace Sidecar.Ambassador.Http;

/// <summary>Questions of our own to an HTTP endpoint, each on a connection of its own.</summary>
internal sealed class HttpPing(Route route, UpstreamConnections connections, UpstreamLogin? login)
{
    /// <summary>Asks for the health path; null when the answer is well.</summary>
    /// <param name="right">Which statuses are.</param>
    public async Task<string?> CheckAsync(string path, NumberRanges right, Endpoint endpoint, CancellationToken cancellation)
    {
        var (status, failure) = await AskAsync(HttpMethod.Get, path, endpoint, cancellation);
        return failure ?? (right.Contains(status) ? null : $"health check answered {status}");
    }

    /// <summary>Whether an endpoint that is down serves again, where no path tells: null when it answers at all, and not that it can't serve.</summary>
    public async Task<string?> CheckReturnAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        var (status, failure) = await AskAsync(HttpMethod.Options, "/", endpoint, cancellation);
        return failure ?? (BadAnswer.Is(status) ? $"answered {status}" : null);
    }

    /// <summary>Whether anybody is there: whatever is answered is a sign of life.</summary>
    public async Task<bool> IsAliveAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        var (_, failure) = await AskAsync(HttpMethod.Options, "/", endpoint, cancellation);
        return failure == null;
    }

    private async Task<(int Status, string? Failure)> AskAsync(HttpMethod method, string path, Endpoint endpoint, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, $"http://{endpoint.Address}{path}")
        {
            Version = UpstreamConnections.VersionOf(route),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = UpstreamConnections.Authority(route, endpoint);
        request.Headers.TryAddWithoutValidation("User-Agent", "sidecar-ambassador");
        if (login != null) request.Headers.TryAddWithoutValidation("Authorization", login.Header);
        request.Options.Set(UpstreamConnections.EndpointKey, endpoint);
        try
        {
            using var response = await connections.Checks.SendAsync(request, cancellation);
            return ((int)response.StatusCode, null);
        }
        catch (HttpRequestException e)
        {
            return (0, Attempt.FindConnectFailure(e)?.Message ?? "the health check's connection broke");
        }
    }
}
