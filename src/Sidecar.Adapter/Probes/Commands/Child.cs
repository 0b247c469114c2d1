namespace Sidecar.Adapter.Probes.Commands;

/// A command that runs, until it is released.
/// <param name="Tag">A variable in its environment, and so in that of all it starts: how its orphans are known.</param>
/// <param name="StartTicks">When it was started, as the kernel counts: what is older is none of its own.</param>
internal sealed record Child(int Pid, string Tag, ulong StartTicks)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// Done when the command itself has ended; what it started may go on.
    public Task Ended => _ended.Task;

    public void End() => _ended.TrySetResult();
}
