using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace Sidecar.Logs.Destination;

/// The credentials of a role, which STS gives to whoever may assume it. They are renewed before they run out; while that fails, those
/// that still hold are used on, so that an outage of STS shorter than that is not noticed.
internal sealed class AssumedRole(CloudWatchOptions options, RoleOptions role, ServerClock clock, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RenewedBefore = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RenewalRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _asking = new(1);
    private readonly HttpClient _http = AwsHttp.Connect(role.Endpoint, options.CaBundle);
    private volatile Session? _session;

    /// Throws SurroundingsException when the role can't be assumed; the next call tries again.
    public async Task<AWSCredentials> CredentialsAsync(
        Func<CancellationToken, Task<AWSCredentials>> caller, string region, CancellationToken cancellationToken)
    {
        if (_session is { } current && clock.Now < current.RenewAt)
            return current.Credentials;

        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_session is not { } session || clock.Now >= session.RenewAt)
                _session = session = await RenewAsync(_session, caller, region, cancellationToken);
            return session.Credentials;
        }
        finally
        {
            _asking.Release();
        }
    }

    /// The service does not take them any more, whatever they said of their end.
    public void Forget() => _session = null;

    public AmazonSecurityTokenServiceConfig ConfigFor(string region)
    {
        var config = new AmazonSecurityTokenServiceConfig
        {
            UseFIPSEndpoint = options.UseFips,
            UseDualstackEndpoint = options.UseDualStack,
            HttpClientFactory = new OneClient(_http),
            // Once more with a corrected clock, or on another connection; whatever lasts is tried again with the batch.
            MaxErrorRetry = 1,
        };
        if (role.Endpoint is { } endpoint)
            (config.ServiceURL, config.AuthenticationRegion) = (endpoint.ToString(), region);
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        return config;
    }

    public void Dispose()
    {
        _http.Dispose();
        _asking.Dispose();
    }

    private async Task<Session> RenewAsync(
        Session? held, Func<CancellationToken, Task<AWSCredentials>> caller, string region, CancellationToken cancellationToken)
    {
        try
        {
            return await AssumeAsync(await caller(cancellationToken), region, cancellationToken);
        }
        catch (SurroundingsException) when (held is not null && clock.Now < held.ExpiresAt)
        {
            return held with { RenewAt = clock.Now + RenewalRetry };
        }
    }

    private async Task<Session> AssumeAsync(AWSCredentials caller, string region, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(LongestAnswer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var sts = new AmazonSecurityTokenServiceClient(caller, ConfigFor(region));
            var answer = await sts.AssumeRoleAsync(
                new AssumeRoleRequest { RoleArn = role.Arn, RoleSessionName = role.SessionName, ExternalId = role.ExternalId }, either.Token);
            return SessionOf(answer.Credentials);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException e)
        {
            throw new SurroundingsException($"{role.Arn} can't be assumed: no answer of STS within {LongestAnswer.TotalSeconds:0} s", e);
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException)
        {
            throw new SurroundingsException($"{role.Arn} can't be assumed: {Reason(e)}", e);
        }
    }

    private Session SessionOf(Credentials given)
    {
        var now = clock.Now;
        var expiresAt = given.Expiration is { } at ? new DateTimeOffset(at.ToUniversalTime()) : now;
        var ahead = (expiresAt - now) / 2;
        return new Session(
            new SessionAWSCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken),
            expiresAt - (ahead < RenewedBefore ? ahead : RenewedBefore),
            expiresAt);
    }

    // The SDK's own words for a lost connection say nothing; what it wraps does.
    private static string Reason(Exception e)
    {
        var reason = e is AmazonServiceException { ErrorCode: { Length: > 0 } code } ? $"{code}: {e.Message}" : e.GetBaseException().Message;
        return reason.ReplaceLineEndings(" ");
    }

    private sealed record Session(AWSCredentials Credentials, DateTimeOffset RenewAt, DateTimeOffset ExpiresAt);

    private sealed class OneClient(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
