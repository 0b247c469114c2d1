namespace Sidecar.Testing.CloudWatch;

/// One event as it was stored. Batch counts the PutLogEvents calls that stored something, from 1.
public sealed record StoredEvent(long Timestamp, long IngestionTime, byte[] Message, int Batch)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Message);
}
