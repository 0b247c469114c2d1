using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Destination;

/// Where events go. The AWS_* names are the standard ones; what is not listed here (AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE,
/// AWS_CONTAINER_CREDENTIALS_*, AWS_EC2_METADATA_*) is read by the AWS SDK as everywhere.
internal static partial class DestinationSettings
{
    public static readonly Setting<DestinationChoice> Destination = Setting.Of(
        "LOGS_DESTINATION", DestinationChoice.Form, "cloudwatch",
        "Where events go: CloudWatch Logs; a line for each on stdout (the agent's own log then goes to stderr); or appended to a file, flushed to the disk before it counts.",
        DestinationChoice.Read, "file:/var/log/shipped.log");

    public static readonly Setting<string?> Group = Setting.Of(
        "LOGS_GROUP", "a log group's name", null, "The log group, with the placeholders of LOGS_STREAM if need be. Required for cloudwatch.", ReadGroup, "/app/orders");

    public static readonly Setting<bool> CreateGroup = Setting.Boolean(
        "LOGS_CREATE_GROUP", true, "Whether a log group that does not exist is created (needs logs:CreateLogGroup). If not, its events wait until someone does. Streams are always created.");

    public static readonly Setting<int?> RetentionDays = Setting.Of(
        "LOGS_RETENTION_DAYS", "one of " + Choices, null,
        "How many days a group that the agent creates keeps its events (needs logs:PutRetentionPolicy). Unset: for ever, with a warning. Groups that exist are left as they are.",
        ReadRetention, "30");

    public static readonly Setting<GroupClass> Class = Setting.Choice(
        "LOGS_CLASS", GroupClass.Standard, "The class of a group that the agent creates; it can't be changed later.");

    public static readonly Setting<string?> KmsKey = Setting.Text(
        "LOGS_KMS_KEY", null, "The ARN of the KMS key that encrypts a group that the agent creates.", "arn:aws:kms:eu-west-1:123456789012:key/0f6a");

    public static readonly Setting<IReadOnlyDictionary<string, string>> Tags = Setting.Of<IReadOnlyDictionary<string, string>>(
        "LOGS_TAGS", "a list of key=value", "", "Tags of a group that the agent creates (needs logs:TagResource).", ReadTags, "team=orders;env=prod");

    public static readonly Setting<string?> Region = Setting.Of(
        "AWS_REGION", "an AWS region", null, "The region. Unset: AWS_DEFAULT_REGION, the profile, ECS task metadata, EC2 instance metadata.", ReadRegion, "eu-west-1");

    public static readonly Setting<string?> DefaultRegion = Setting.Of(
        "AWS_DEFAULT_REGION", "an AWS region", null, "The region, if AWS_REGION is unset.", ReadRegion, "eu-west-1");

    public static readonly Setting<string?> AccessKeyId = Setting.Text(
        "AWS_ACCESS_KEY_ID", null, "Credentials. Unset: the SDK's chain (web identity, profile, ECS and EKS container, EC2 instance). Asked anew for each batch.", "AKIDEXAMPLE");

    public static readonly Setting<Secret?> SecretAccessKey = Setting.Secret("AWS_SECRET_ACCESS_KEY", "The secret of AWS_ACCESS_KEY_ID.");

    public static readonly Setting<Secret?> SessionToken = Setting.Secret("AWS_SESSION_TOKEN", "The session token of AWS_ACCESS_KEY_ID, if its credentials are temporary.");

    public static readonly Setting<string?> Profile = Setting.Text(
        "AWS_PROFILE", null, "The profile of the shared configuration and credentials files; default unless it is set.", "orders");

    public static readonly Setting<string?> ProfilesFile = Setting.Text(
        "AWS_SHARED_CREDENTIALS_FILE", null, "The file with the profiles. Default: ~/.aws/credentials. It may come after the agent.", "/etc/aws/credentials");

    public static readonly Setting<string?> RoleArn = Setting.Of(
        "LOGS_ROLE_ARN", "the ARN of a role", null,
        "A role to assume, for example one of another account (needs sts:AssumeRole). Whatever credentials there are ask for it, and it is renewed before it runs out.",
        ReadRole, "arn:aws:iam::123456789012:role/logs-writer");

    public static readonly Setting<string?> RoleExternalId = Setting.Of(
        "LOGS_ROLE_EXTERNAL_ID", "an external id", null, "What the trust policy of LOGS_ROLE_ARN wants as sts:ExternalId.", ReadExternalId, "orders-7f3a");

    public static readonly Setting<string> RoleSessionName = Setting.Of(
        "LOGS_ROLE_SESSION_NAME", "a session's name", "sidecar-logs", "What CloudTrail calls the session of LOGS_ROLE_ARN.", ReadSessionName, "orders-logs");

    public static readonly Setting<Uri?> StsEndpoint = Setting.Of(
        "AWS_ENDPOINT_URL_STS", "a URL", null,
        "The endpoint of STS, which is asked for LOGS_ROLE_ARN and for web identities. Default: AWS_ENDPOINT_URL, else that of the region.", ReadUrl, "http://localhost:4566");

    public static readonly Setting<Uri?> LogsEndpoint = Setting.Of(
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "a URL", null, "The endpoint of CloudWatch Logs, for VPC endpoints of another name and for stand-ins.", ReadUrl, "http://localhost:4566");

    public static readonly Setting<Uri?> Endpoint = Setting.Of(
        "AWS_ENDPOINT_URL", "a URL", null, "The endpoint of every AWS service, if AWS_ENDPOINT_URL_CLOUDWATCH_LOGS is unset. Default: https://logs.<region>.amazonaws.com, or what the region has instead.",
        ReadUrl, "http://localhost:4566");

    public static readonly Setting<bool> UseFips = Setting.Boolean("AWS_USE_FIPS_ENDPOINT", false, "Whether to use the FIPS endpoint.");

    public static readonly Setting<bool> UseDualStack = Setting.Boolean("AWS_USE_DUALSTACK_ENDPOINT", false, "Whether to use the endpoint that answers on IPv4 and IPv6.");

    public static readonly Setting<string?> CaBundle = Setting.ReadableFile(
        "AWS_CA_BUNDLE", "A PEM file with the certificate authorities to trust instead of the system's.", "/etc/ssl/proxy.pem");

    public static readonly Setting<string?> HttpsProxy = Setting.Text(
        "HTTPS_PROXY", null, "The proxy on the way to CloudWatch, as the .NET runtime reads it. Not used for an endpoint with http.", "http://proxy:3128");

    public static readonly Setting<string?> NoProxy = Setting.Text("NO_PROXY", null, "Hosts that are reached without the proxy.", ".internal,169.254.169.254");

    public static readonly Setting<string?> TaskMetadata = Setting.Text(
        "ECS_CONTAINER_METADATA_URI_V4", null, "Set by ECS; asked for {task}, {family} and {cluster}, and for the region when nothing else tells it.", "http://169.254.170.2/v4/0f6a");

    private static string Choices => string.Join(' ', CloudWatchOptions.RetentionChoices);

    public static IEnumerable<ISetting> All =>
    [
        Destination, Group, CreateGroup, RetentionDays, Class, KmsKey, Tags, Region, DefaultRegion, AccessKeyId, SecretAccessKey, SessionToken, Profile, ProfilesFile,
        RoleArn, RoleExternalId, RoleSessionName, StsEndpoint, LogsEndpoint, Endpoint, UseFips, UseDualStack, CaBundle, HttpsProxy, NoProxy, TaskMetadata,
    ];

    private static Parsed<string?> ReadGroup(string text) =>
        GroupName.Fault(text) is { } fault ? Parsed.Wrong<string?>($"a log group's name is expected: {fault}") : Parsed.Right<string?>(text);

    private static Parsed<int?> ReadRetention(string text) =>
        int.TryParse(text, out var days) && CloudWatchOptions.RetentionChoices.Contains(days)
            ? Parsed.Right<int?>(days)
            : Parsed.Wrong<int?>("CloudWatch takes " + Choices);

    private static Parsed<string?> ReadRegion(string text) =>
        RegionName().IsMatch(text) ? Parsed.Right<string?>(text) : Parsed.Wrong<string?>("the name of an AWS region is expected");

    private static Parsed<string?> ReadRole(string text) =>
        RoleName().IsMatch(text) ? Parsed.Right<string?>(text) : Parsed.Wrong<string?>("the ARN of a role is expected, arn:aws:iam::<account>:role/<name>");

    private static Parsed<string?> ReadExternalId(string text) =>
        ExternalId().IsMatch(text) ? Parsed.Right<string?>(text) : Parsed.Wrong<string?>("2 to 1224 letters, digits and _+=,.@:/- are expected");

    private static Parsed<string> ReadSessionName(string text) =>
        SessionName().IsMatch(text) ? Parsed.Right(text) : Parsed.Wrong<string>("2 to 64 letters, digits and _+=,.@- are expected");

    private static Parsed<Uri?> ReadUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.UserInfo.Length == 0
            ? Parsed.Right<Uri?>(url)
            : Parsed.Wrong<Uri?>("a URL with http or https, without user and query, is expected");

    private static Parsed<IReadOnlyDictionary<string, string>> ReadTags(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var one in ValueForms.List(text))
        {
            if (one.Split('=', 2) is not [var key, var value] || !TagKey().IsMatch(key) || !TagValue().IsMatch(value))
                return Parsed.Wrong<IReadOnlyDictionary<string, string>>($"key=value of letters, digits, blanks and _.:/=+-@ is expected, not '{one}'");
            if (!tags.TryAdd(key, value))
                return Parsed.Wrong<IReadOnlyDictionary<string, string>>($"'{key}' stands twice");
        }

        return tags.Count <= 50
            ? Parsed.Right<IReadOnlyDictionary<string, string>>(tags)
            : Parsed.Wrong<IReadOnlyDictionary<string, string>>("at most 50 tags are allowed");
    }

    [GeneratedRegex(@"\A[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex RegionName();

    [GeneratedRegex(@"\Aarn:aws[a-z-]*:iam::[0-9]{12}:role/[\x21-\x7e]{1,576}\z")]
    private static partial Regex RoleName();

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@:/\-]{2,1224}\z")]
    private static partial Regex ExternalId();

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@\-]{2,64}\z")]
    private static partial Regex SessionName();

    [GeneratedRegex(@"\A[\p{L}\p{Z}\p{N}_.:/+\-@]{1,128}\z")]
    private static partial Regex TagKey();

    [GeneratedRegex(@"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}\z")]
    private static partial Regex TagValue();
}
