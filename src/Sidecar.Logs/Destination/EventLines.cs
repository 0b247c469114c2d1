using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;

/// A batch as text: each message and a line feed.
internal static class EventLines
{
    public static int Write(LogBatch batch, Span<byte> into)
    {
        var written = 0;
        foreach (ref readonly var logEvent in batch.Events.Span)
        {
            logEvent.Message.Span.CopyTo(into[written..]);
            written += logEvent.Message.Length;
            into[written++] = (byte)'\n';
        }

        return written;
    }
}
