using System.Threading.Tasks.Sources;

namespace Sidecar.Ambassador.Redis.Io;

/// A wait that the loop ends, again and again, without an allocation: whoever waited goes on inside Set, on the loop's thread.
internal sealed class Signal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;

    public bool IsWaitedFor { get; private set; }

    public ValueTask NextAsync()
    {
        IsWaitedFor = true;
        return new ValueTask(this, _core.Version);
    }

    public void Set()
    {
        if (!IsWaitedFor)
            return;
        IsWaitedFor = false;
        _core.SetResult(true);
    }

    public void GetResult(short token)
    {
        _core.GetResult(token);
        _core.Reset();
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
