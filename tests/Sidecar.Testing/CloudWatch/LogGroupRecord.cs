namespace Sidecar.Testing.CloudWatch;

/// A log group. Guarded by the LogStore that holds it.
internal sealed class LogGroupRecord(string name, long created)
{
    public string Name => name;
    public long Created => created;
    public int? RetentionDays { get; set; }
    public string Class { get; init; } = "STANDARD";
    public string? KmsKeyId { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
    public SortedDictionary<string, LogStreamRecord> Streams { get; } = new(StringComparer.Ordinal);
}
