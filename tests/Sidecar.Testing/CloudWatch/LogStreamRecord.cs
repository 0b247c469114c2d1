namespace Sidecar.Testing.CloudWatch;

/// A log stream and its events in the order in which they were stored. Guarded by the LogStore that holds it.
internal sealed class LogStreamRecord(string name, long created)
{
    public string Name => name;
    public long Created => created;
    public List<StoredEvent> Events { get; } = [];
}
