namespace Sidecar.Hosting.Work;

/// <summary>One figure of the agent's work over the last ten minutes: a level, or the rate of something that is counted.</summary>
public sealed class Series
{
    internal const int Kept = 60;

    private readonly Func<long> _read;
    private readonly bool _isRate;
    private readonly Lock _lock = new();
    private readonly double[] _samples = new double[Kept];
    private int _taken;
    private (long Value, long At)? _last;

    internal Series(string name, string unit, bool isRate, Func<long> read) => (Name, Unit, _isRate, _read) = (name, unit, isRate, read);

    public string Name { get; }

    /// <summary>What a level counts; for a rate, what there is so much of a second.</summary>
    public string Unit { get; }

    /// <summary>The samples that there are, the newest last.</summary>
    public double[] Recent()
    {
        lock (_lock)
        {
            var count = Math.Min(_taken, Kept);
            return [.. Enumerable.Range(_taken - count, count).Select(index => _samples[index % Kept])];
        }
    }

    internal void Sample(TimeProvider time)
    {
        var (value, now) = (_read(), time.GetTimestamp());
        lock (_lock)
        {
            if (!_isRate)
            {
                _samples[_taken++ % Kept] = value;
            }
            else if (_last is { } last && time.GetElapsedTime(last.At, now) is { Ticks: > 0 } since)
            {
                _samples[_taken++ % Kept] = (value - last.Value) / since.TotalSeconds;
            }

            _last = (value, now);
        }
    }
}
