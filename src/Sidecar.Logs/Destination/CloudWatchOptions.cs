namespace Sidecar.Logs.Destination;

/// How CloudWatch is reached and how missing groups are created. The settings fill it.
internal sealed record CloudWatchOptions
{
    public static IReadOnlyList<int> RetentionChoices { get; } =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    /// Null asks the SDK: profile, then instance metadata.
    public string? Region { get; init; }

    /// ECS's `${ECS_CONTAINER_METADATA_URI_V4}/task`, asked for the region when nothing else tells it.
    public Uri? TaskMetadata { get; init; }

    /// Null means the region's own.
    public Uri? Endpoint { get; init; }

    /// Null sends in the name of the credentials themselves.
    public RoleOptions? Role { get; init; }

    public bool UseFips { get; init; }

    public bool UseDualStack { get; init; }

    /// A PEM file with the certificate authorities to trust instead of the system's.
    public string? CaBundle { get; init; }

    public bool CreateGroup { get; init; } = true;

    public int? RetentionDays { get; init; }

    public string? GroupClass { get; init; }

    public string? KmsKeyId { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// For how long nothing of a try may move: connecting, a piece of the body on its way, the answer.
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan RetryCeiling { get; init; } = TimeSpan.FromSeconds(30);
}
