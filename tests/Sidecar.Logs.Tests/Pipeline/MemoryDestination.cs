using System.Collections.Concurrent;
using System.Text;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;

namespace Sidecar.Logs.Tests.Pipeline;

/// Keeps what it is sent, as strict as the service; can be told to answer something else first, or to hold its answers.
internal sealed class MemoryDestination : ILogDestination
{
    private readonly Lock _lock = new();
    private readonly List<(StreamTarget Target, string Message, long TimestampMs)> _events = [];

    public Func<LogBatch, SendResult?> Answer { get; set; } = _ => null;

    public Func<LogBatch, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public ConcurrentQueue<int> BatchSizes { get; } = new();

    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_lock)
                return [.. _events.Select(one => one.Message)];
        }
    }

    public IReadOnlyList<(StreamTarget Target, string Message, long TimestampMs)> Events
    {
        get
        {
            lock (_lock)
                return [.. _events];
        }
    }

    public IReadOnlyList<string> In(string stream)
    {
        lock (_lock)
            return [.. _events.Where(one => one.Target.Stream == stream).Select(one => one.Message)];
    }

    public async Task<SendResult> SendAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        BatchRules.Hold(batch);
        await Before(batch, cancellationToken);
        if (Answer(batch) is { } other)
            return other;

        lock (_lock)
        {
            foreach (var one in batch.Events.Span)
                _events.Add((batch.Target, Encoding.UTF8.GetString(one.Message.Span), one.TimestampMs));
        }

        BatchSizes.Enqueue(batch.Events.Length);
        return SendResult.StoredAll;
    }
}
