namespace Sidecar.Hosting.Work;

/// <summary>How the process is asked to end, and with which exit code.</summary>
public sealed class ProcessEnd
{
    private readonly TaskCompletionSource<string> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasFailed;
    private volatile bool _isCutShort;

    /// <summary>0 stopped as asked, 1 failed.</summary>
    public int ExitCode => _hasFailed ? 1 : 0;

    /// <summary>Ends when someone asks the process to end; the result says who.</summary>
    public Task<string> Asked => _asked.Task;

    /// <summary>Asks for an orderly end.</summary>
    public void Ask(string by) => _asked.TrySetResult(by);

    /// <summary>Something is broken that the process lives by: an orderly end with 1, without waiting for the app.</summary>
    public void Fail()
    {
        _hasFailed = true;
        _asked.TrySetResult("a failure");
    }

    internal bool HasFailed => _hasFailed;

    /// <summary>Nobody waits for what still runs: what it uses may be taken away under its hands, and that is no failure.</summary>
    internal bool IsCutShort => _isCutShort;

    internal void CutShort() => _isCutShort = true;
}
