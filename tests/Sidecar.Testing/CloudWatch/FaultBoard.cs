namespace Sidecar.Testing.CloudWatch;

/// Which fault is on, for which operation, and how long or how many times still. One fault at a time.
public sealed class FaultBoard : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Action<string> _onChange;
    private readonly ITimer _timer;
    private StandInFault _fault;
    private string? _operation;
    private int? _left;
    private int _served;
    private TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal FaultBoard(TimeProvider time, Action<string> onChange)
    {
        _onChange = onChange;
        _timer = time.CreateTimer(_ => End(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// How long the Slow fault holds an answer back.
    public TimeSpan Delay { get; private set; } = TimeSpan.FromSeconds(1);

    /// How many calls met a fault, over the whole life of the stand-in.
    public int Served
    {
        get
        {
            lock (_lock)
                return _served;
        }
    }

    /// Without times and duration the fault stays until it is ended; without operation it meets every one.
    public void Begin(StandInFault fault, int? times = null, TimeSpan? duration = null, string? operation = null, TimeSpan? delay = null)
    {
        lock (_lock)
        {
            (_fault, _left, _operation) = (fault, times, operation);
            Delay = delay ?? Delay;
            _timer.Change(duration ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Release_NeedsLock();
        }

        _onChange($"fault {fault} on{(operation is null ? "" : " for " + operation)}{(times is null ? "" : $", {times} times")}{(duration is { } d ? $", for {d.TotalSeconds:0.#} s" : "")}");
    }

    public void End()
    {
        lock (_lock)
        {
            if (_fault == StandInFault.None)
                return;
            _fault = StandInFault.None;
            Release_NeedsLock();
        }

        _onChange("fault over");
    }

    public void Dispose()
    {
        End();
        _timer.Dispose();
    }

    internal (StandInFault Fault, Task Over) Take(string operation)
    {
        lock (_lock)
        {
            if (_fault == StandInFault.None || (_operation is not null && _operation != operation))
                return (StandInFault.None, Task.CompletedTask);

            var taken = (_fault, _over.Task);
            _served++;
            if (--_left != 0)
                return taken;

            _fault = StandInFault.None;
            _onChange("fault over");
            return taken;
        }
    }

    private void Release_NeedsLock()
    {
        _over.TrySetResult();
        _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
