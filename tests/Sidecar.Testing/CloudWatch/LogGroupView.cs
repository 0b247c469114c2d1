namespace Sidecar.Testing.CloudWatch;

/// A group as a test sees it.
public sealed record LogGroupView(
    string Name, int? RetentionDays, string Class, string? KmsKeyId,
    IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Streams);
