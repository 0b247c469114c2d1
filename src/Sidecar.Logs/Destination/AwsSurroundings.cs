using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.Util;

namespace Sidecar.Logs.Destination;
/// Who and where we are in AWS: credentials by the SDK's default chain (environment, web identity, profile, container, instance),
/// asked before every signature since they rotate; the region from the settings, else from what surrounds us.
internal sealed class AwsSurroundings(
    CloudWatchOptions options, Func<CancellationToken, Task<AWSCredentials>> credentials, HttpClient metadata, ServerClock clock, TimeProvider time) : IDisposable
{
    private readonly AssumedRole? _role = options.Role is { } role ? new AssumedRole(options, role, clock, time) : null;
    private string? _region = options.Region;

    public static Func<CancellationToken, Task<AWSCredentials>> DefaultChain(string? profile, string? profilesFile)
    {
        var resolver = new DefaultAWSCredentialsIdentityResolver();
        return async cancellationToken =>
        {
            try
            {
                return await resolver.ResolveIdentityAsync(null, cancellationToken);
            }

            // The SDK decides once where the profiles are, and only if there is a file; it may come after us.
            catch (Exception) when (LateProfile(profile, profilesFile) is { } late)
            {
                return late;
            }
        };
    }

    public Uri EndpointOf(string region) => options.Endpoint ?? CloudWatchEndpoint.For(region, options.UseFips, options.UseDualStack);

    /// Throws SurroundingsException when none is found; the next call looks again.
    public async ValueTask<string> RegionAsync(CancellationToken cancellationToken) =>
        _region ??= await FindRegionAsync(cancellationToken)
            ?? throw new SurroundingsException("no AWS region: set AWS_REGION, for example eu-west-1", null);

    /// Throws SurroundingsException when there are none; the next call looks again.
    public async Task<AWSCredentials> CredentialsAsync(CancellationToken cancellationToken) => _role is null
        ? await OwnAsync(cancellationToken)
        : await _role.CredentialsAsync(OwnAsync, await RegionAsync(cancellationToken), cancellationToken);

    /// The service took them for expired.
    public void ForgetRole() => _role?.Forget();

    public void Dispose() => _role?.Dispose();

    private async Task<AWSCredentials> OwnAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Most of the chain's links find a place to ask, no more: the asking is what fails, and has to fail here.
            var found = await credentials(cancellationToken);
            var keys = await found.GetCredentialsAsync().WaitAsync(cancellationToken);
            return keys.UseToken
                ? new SessionAWSCredentials(keys.AccessKey, keys.SecretKey, keys.Token)
                : new BasicAWSCredentials(keys.AccessKey, keys.SecretKey);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }

        // The chain throws whatever its last link met: SDK, HTTP, file and argument exceptions. None of them is a fault of ours.
        catch (Exception e)
        {
            throw new SurroundingsException("no AWS credentials: " + MissingCredentials.Reason(e), e);
        }
    }

    private static AWSCredentials? LateProfile(string? profile, string? profilesFile) =>
        new CredentialProfileStoreChain(profilesFile).TryGetAWSCredentials(profile ?? "default", out var credentials) ? credentials : null;

    private async Task<string?> FindRegionAsync(CancellationToken cancellationToken) =>
        FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName
        ?? await RegionOfTaskAsync(cancellationToken)
        ?? await RegionOfInstanceAsync(cancellationToken);

    // The SDK knows nothing of ECS task metadata, and ECS on EC2 sets no AWS_REGION. The ARN reads arn:aws:ecs:<region>:...
    private async Task<string?> RegionOfTaskAsync(CancellationToken cancellationToken)
    {
        if (options.TaskMetadata is not { } address)
            return null;
        try
        {
            using var task = JsonDocument.Parse(await metadata.GetByteArrayAsync(address, cancellationToken));
            var arn = task.RootElement.GetProperty("TaskARN").GetString()!.Split(':');
            return arn.Length > 3 ? arn[3] : null;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new SurroundingsException($"no AWS region: {address} does not tell it ({e.Message})", e);
        }
    }

    private static async Task<string?> RegionOfInstanceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await EC2InstanceMetadata.GetDataAsync("/placement/region").WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }

        // Not on EC2, or not allowed to ask: the same to us as not being told.
        catch (Exception)
        {
            return null;
        }
    }
}
