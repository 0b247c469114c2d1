using System.Buffers;
using Sidecar.Logs.Events;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs.Batching;

/// Events for one stream, in the order of their files and of their time and within BatchLimits, and the ranges of files that may be
/// acknowledged once the destination has it. Dispose gives its buffers back: nothing may hold a message after that.
internal sealed class LogBatch : IDisposable
{
    private byte[]? _buffer;
    private LogEvent[]? _events;
    private byte[][]? _texts;

    /// Takes over all arrays, which came from the shared pools: the bytes of the files, and texts that were made of them.
    public LogBatch(StreamTarget target, byte[] buffer, byte[][] texts, LogEvent[] events, int count, IReadOnlyList<FileRange> ranges)
        : this(target, events.AsMemory(0, count), ranges)
    {
        _buffer = buffer;
        _texts = texts;
        _events = events;
    }

    /// A batch whose arrays belong to someone else.
    public LogBatch(StreamTarget target, ReadOnlyMemory<LogEvent> events, IReadOnlyList<FileRange> ranges)
    {
        Target = target;
        Events = events;
        Ranges = ranges;
        foreach (ref readonly var logEvent in events.Span)
            MessageBytes += logEvent.Message.Length;
    }

    public StreamTarget Target { get; }

    public ReadOnlyMemory<LogEvent> Events { get; }

    public IReadOnlyList<FileRange> Ranges { get; }

    /// The bytes of all messages, without the overhead that the service adds for each event.
    public int MessageBytes { get; }

    /// Whether a limit ended it, so that there is more where it came from.
    public bool IsFull { get; init; }

    /// How many of its events are pieces of longer lines.
    public int Pieces { get; init; }

    /// What became of its events on the way.
    public ShapingCounts Shaped { get; init; }

    /// Whether all of its events hold metrics in CloudWatch's embedded format.
    public bool IsMetrics { get; init; }

    /// Some of the events, on the same buffers. It has no ranges: only the whole batch can be acknowledged.
    public LogBatch Part(int first, int count) => new(Target, Events.Slice(first, count), []) { IsMetrics = IsMetrics };

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        foreach (var text in Interlocked.Exchange(ref _texts, null) ?? [])
            ArrayPool<byte>.Shared.Return(text);
        if (Interlocked.Exchange(ref _events, null) is { } events)
            ArrayPool<LogEvent>.Shared.Return(events);
    }
}
