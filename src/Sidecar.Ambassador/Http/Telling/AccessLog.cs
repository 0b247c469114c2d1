using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>
/// One access log. Lines are gathered in memory and written together, ten times a second at the most, so that no request waits for
/// a disk. Where nobody takes them they are dropped beyond a limit, and counted. A file is opened for each write, so it may be renamed.
/// </summary>
internal sealed class AccessLog(LogTarget target, AmbassadorMetrics metrics, TimeProvider time)
{
    public const int MaxPending = 4 * 1024 * 1024;

    // A pipe takes so much without mixing it with what others write.
    private const int Atomic = 4096;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    [ThreadStatic]
    private static AccessLine? _line;

    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte> _gathering = new();
    private ArrayBufferWriter<byte> _writing = new();
    private TaskCompletionSource? _asleep;
    private int _lines;

    public LogTarget Target => target;

    /// <summary>The request came.</summary>
    public Counted Begin(HttpContext context)
    {
        var counted = new Counted(time.GetUtcNow(), time.GetTimestamp());
        counted.Watch(context);
        return counted;
    }

    /// <summary>The request is over.</summary>
    public void Write(HttpContext context, string route, TraceContext trace, Counted counted)
    {
        var line = _line ??= new AccessLine();
        Add(line.Of(context, route, trace, counted, time.GetElapsedTime(counted.Timestamp)));
    }

    /// <summary>One turn of a loop: waits for lines, and writes them.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        TaskCompletionSource? asleep;
        lock (_lock) asleep = _asleep = _gathering.WrittenCount == 0 ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        if (asleep != null) await asleep.Task.WaitAsync(cancellation);
        await Task.Delay(Pause, time, cancellation);
        await FlushAsync(cancellation);
    }

    /// <summary>Writes what is there.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        int lines;
        lock (_lock)
        {
            (_gathering, _writing) = (_writing, _gathering);
            (lines, _lines) = (_lines, 0);
        }

        try
        {
            if (target.Path is { } path) await AppendAsync(path, cancellation);
            else await PrintAsync(cancellation);
            lines = 0;
        }
        finally
        {
            if (lines > 0) metrics.AccessLinesDropped(lines);
            if (_writing.Capacity > MaxPending / 4) _writing = new ArrayBufferWriter<byte>();
            else _writing.ResetWrittenCount();
        }
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        TaskCompletionSource? asleep;
        lock (_lock)
        {
            if (_gathering.WrittenCount + line.Length > MaxPending)
            {
                metrics.AccessLinesDropped(1);
                return;
            }

            _gathering.Write(line);
            _lines++;
            asleep = _asleep;
            _asleep = null;
        }

        asleep?.TrySetResult();
    }

    private async Task AppendAsync(string path, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        await file.WriteAsync(_writing.WrittenMemory, cancellation);
    }

    private async Task PrintAsync(CancellationToken cancellation)
    {
        await using var stdout = Console.OpenStandardOutput();
        for (var rest = _writing.WrittenMemory; !rest.IsEmpty;)
        {
            var whole = rest.Length <= Atomic ? rest.Length : rest.Span[..Atomic].LastIndexOf((byte)'\n') + 1;
            if (whole == 0) whole = rest.Span.IndexOf((byte)'\n') + 1;
            await stdout.WriteAsync(rest[..whole], cancellation);
            rest = rest[whole..];
        }
    }
}
