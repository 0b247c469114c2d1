using System.Security.Cryptography;
using Amazon.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Destination;

/// The destination that the settings ask for: checked without opening anything, then added to the services as ILogDestination.
internal sealed class DestinationPlan
{
    private readonly DestinationChoice _choice;
    private readonly CloudWatchOptions _options;
    private readonly Func<CancellationToken, Task<AWSCredentials>> _credentials;

    private DestinationPlan(DestinationChoice choice, CloudWatchOptions options, Func<CancellationToken, Task<AWSCredentials>> credentials)
    {
        _choice = choice;
        _options = options;
        _credentials = credentials;
    }

    public bool UsesStandardOutput => _choice.Kind == DestinationKind.Stdout;

    /// The file that events are appended to, which must never be read as a log itself; null when there is none.
    public string? OwnFile => _choice.Kind == DestinationKind.File ? _choice.Path : null;

    /// What `check` says of it.
    public string Line => _choice.Kind switch
    {
        DestinationKind.Stdout => "events go to stdout",
        DestinationKind.File => $"events go to {_choice.Path}",
        _ => $"events go to CloudWatch at {Where}" + (_options.Role is { } role ? $" as {role.Arn}" : ""),
    };

    private string Where => _options switch
    {
        { Endpoint: { } endpoint } => endpoint.ToString(),
        { Region: { } region } => CloudWatchEndpoint.For(region, _options.UseFips, _options.UseDualStack).ToString(),
        _ => "the endpoint of the region that surrounds the agent",
    };

    /// Says every fault; whoever has sources of their own group passes whether LOGS_GROUP is needed.
    public static DestinationPlan Of(BoundSettings settings, bool needsGroup)
    {
        var choice = settings.Get(DestinationSettings.Destination);
        var isCloudWatch = choice.Kind == DestinationKind.CloudWatch && !settings.IsFaulty(DestinationSettings.Destination.Variable);
        if (isCloudWatch && needsGroup && !settings.IsSet(DestinationSettings.Group))
            settings.Fault(DestinationSettings.Group.Variable, null, "a log group is needed for LOGS_DESTINATION=cloudwatch", "/app/orders");
        CheckKeys(settings);
        CheckRole(settings);
        CheckBundle(settings);
        return new DestinationPlan(choice, OptionsOf(settings), CredentialsOf(settings));
    }

    public void AddTo(IServiceCollection services)
    {
        switch (_choice.Kind)
        {
            case DestinationKind.Stdout:
                services.AddSingleton<ILogDestination>(_ => new StreamDestination(Console.OpenStandardOutput()));
                break;
            case DestinationKind.File:
                services.AddSingleton<ILogDestination>(_ => new FileDestination(_choice.Path));
                break;
            default:
                services.AddSingleton<ILogDestination>(CloudWatch);
                break;
        }
    }

    private CloudWatchDestination CloudWatch(IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var http = AwsHttp.Connect(_options.Endpoint, _options.CaBundle);
        var clock = new ServerClock(time);
        var surroundings = new AwsSurroundings(_options, _credentials, http, clock, time);
        var client = new CloudWatchClient(http, surroundings, clock, _options.TryTimeout, time);
        return new CloudWatchDestination(
            client, _options, time, Random.Shared.NextDouble, services.GetRequiredService<ILogger<CloudWatchDestination>>());
    }

    private static CloudWatchOptions OptionsOf(BoundSettings settings) => new()
    {
        Region = settings.Get(DestinationSettings.Region) ?? settings.Get(DestinationSettings.DefaultRegion),
        TaskMetadata = settings.Get(DestinationSettings.TaskMetadata) is { } address && Uri.TryCreate(address + "/task", UriKind.Absolute, out var url) ? url : null,
        Endpoint = settings.Get(DestinationSettings.LogsEndpoint) ?? settings.Get(DestinationSettings.Endpoint),
        Role = RoleOf(settings),
        UseFips = settings.Get(DestinationSettings.UseFips),
        UseDualStack = settings.Get(DestinationSettings.UseDualStack),
        CaBundle = settings.Get(DestinationSettings.CaBundle),
        CreateGroup = settings.Get(DestinationSettings.CreateGroup),
        RetentionDays = settings.Get(DestinationSettings.RetentionDays),
        GroupClass = settings.IsSet(DestinationSettings.Class) ? NameOf(settings.Get(DestinationSettings.Class)) : null,
        KmsKeyId = settings.Get(DestinationSettings.KmsKey),
        Tags = settings.Get(DestinationSettings.Tags),
    };

    private static RoleOptions? RoleOf(BoundSettings settings) => settings.Get(DestinationSettings.RoleArn) is { } arn
        ? new RoleOptions(arn)
        {
            SessionName = settings.Get(DestinationSettings.RoleSessionName),
            ExternalId = settings.Get(DestinationSettings.RoleExternalId),
            Endpoint = settings.Get(DestinationSettings.StsEndpoint) ?? settings.Get(DestinationSettings.Endpoint),
        }
        : null;

    // The SDK reads the environment itself, but knows nothing of our _FILE variables and of secrets that follow their file.
    private static Func<CancellationToken, Task<AWSCredentials>> CredentialsOf(BoundSettings settings)
    {
        if (settings.Get(DestinationSettings.AccessKeyId) is not { } id || settings.Get(DestinationSettings.SecretAccessKey) is not { } secret)
            return AwsSurroundings.DefaultChain(settings.Get(DestinationSettings.Profile), settings.Get(DestinationSettings.ProfilesFile));
        var token = settings.Get(DestinationSettings.SessionToken);
        return _ => Task.FromResult<AWSCredentials>(
            token is null ? new BasicAWSCredentials(id, secret.Current) : new SessionAWSCredentials(id, secret.Current, token.Current));
    }

    private static void CheckKeys(BoundSettings settings)
    {
        if (settings.IsSet(DestinationSettings.AccessKeyId) && !settings.IsSet(DestinationSettings.SecretAccessKey))
            settings.Fault(DestinationSettings.SecretAccessKey.Variable, null, "AWS_ACCESS_KEY_ID needs its secret");
        if (settings.IsSet(DestinationSettings.SecretAccessKey) && !settings.IsSet(DestinationSettings.AccessKeyId))
            settings.Fault(DestinationSettings.AccessKeyId.Variable, null, "AWS_SECRET_ACCESS_KEY needs its key id");
    }

    private static void CheckRole(BoundSettings settings)
    {
        if (settings.IsSet(DestinationSettings.RoleArn))
            return;
        foreach (var useless in (ISetting[])[DestinationSettings.RoleExternalId, DestinationSettings.RoleSessionName])
        {
            if (settings.IsSet(useless))
                settings.Fault(DestinationSettings.RoleArn.Variable, null, $"{useless.Variable} needs the role", DestinationSettings.RoleArn.Example);
        }
    }

    private static void CheckBundle(BoundSettings settings)
    {
        if (settings.Get(DestinationSettings.CaBundle) is not { } path)
            return;
        try
        {
            if (AwsHttp.Trust(path).CustomTrustStore.Count == 0)
                settings.Fault(DestinationSettings.CaBundle.Variable, path, "a PEM file with at least one certificate is expected");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            settings.Fault(DestinationSettings.CaBundle.Variable, path, $"a PEM file with certificates is expected ({e.Message})");
        }
    }

    private static string NameOf(GroupClass groupClass) => groupClass == GroupClass.InfrequentAccess ? "INFREQUENT_ACCESS" : "STANDARD";
}
