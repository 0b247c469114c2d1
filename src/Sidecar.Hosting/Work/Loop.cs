namespace Sidecar.Hosting.Work;

/// <summary>The pulse of one loop that the process lives by.</summary>
/// <param name="maxSilence">How long one turn may take before the loop counts as stuck; null when a turn may wait for ever.</param>
public sealed class Loop(string name, TimeSpan? maxSilence, TimeProvider time)
{
    private long _lastBeat = time.GetTimestamp();
    private volatile bool _isRunning = true;

    public string Name => name;

    /// <summary>Failures in a row; 0 when the last turn was right.</summary>
    public int FailuresInARow { get; private set; }

    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref _lastBeat));

    /// <summary>True when the loop has neither ended nor finished a turn for longer than it may take.</summary>
    public bool IsStuck => _isRunning && maxSilence is { } limit && Silence > limit;

    internal void Beat() => Interlocked.Exchange(ref _lastBeat, time.GetTimestamp());

    internal void Succeed()
    {
        FailuresInARow = 0;
        Beat();
    }

    internal int Fail()
    {
        Beat();
        return ++FailuresInARow;
    }

    internal void End() => _isRunning = false;
}
