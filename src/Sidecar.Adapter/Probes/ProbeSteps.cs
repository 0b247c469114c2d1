namespace Sidecar.Adapter.Probes;

/// What a probe does, step by step with times, for the one who asked to see it. While nobody does, it costs one look per question.
internal sealed class ProbeSteps(TimeProvider time)
{
    private static readonly AsyncLocal<ProbeSteps?> Current = new();

    private readonly long _started = time.GetTimestamp();
    private readonly List<string> _steps = [];
    private readonly Lock _lock = new();

    /// Null unless this very question is watched.
    public static ProbeSteps? Seen => Current.Value;

    /// Watches what the caller asks from here on.
    public static ProbeSteps Watch(TimeProvider time) => Current.Value = new ProbeSteps(time);

    public void Add(string step)
    {
        lock (_lock)
        {
            _steps.Add(FormattableString.Invariant($"{time.GetElapsedTime(_started).TotalMilliseconds,9:0.000} ms  {step}"));
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return string.Join('\n', _steps);
        }
    }
}
