using System.Numerics;

namespace Sidecar.Ambassador.Http.Hangs;

/// <summary>How long answers of a route took of late: counted in steps of a quarter, so a hundred thousand cost no more than one.</summary>
internal sealed class AnswerTimes
{
    private const int StepsPerDoubling = 4;
    private const int StepBits = 2;

    // From 1 µs to more than an hour.
    private readonly int[] _counts = new int[32 * StepsPerDoubling];

    public void Add(TimeSpan time) => Interlocked.Increment(ref _counts[StepOf(time)]);

    /// <summary>The time that so many percent of the answers took at most; zero when there were fewer than it takes to tell.</summary>
    public TimeSpan Percentile(int percent, int least = 1)
    {
        long all = 0;
        foreach (var count in _counts) all += count;
        if (all < least) return TimeSpan.Zero;

        var beyond = all * (100 - percent) / 100;
        var step = _counts.Length - 1;
        for (; step > 0 && beyond >= _counts[step]; step--) beyond -= _counts[step];
        return EndOf(step);
    }

    /// <summary>Lets what was long ago count less.</summary>
    public void Fade()
    {
        foreach (ref var count in _counts.AsSpan()) Interlocked.Exchange(ref count, count / 2);
    }

    private static int StepOf(TimeSpan time)
    {
        var micros = (uint)Math.Clamp(time.TotalMicroseconds, 1 << StepBits, uint.MaxValue);
        var doubling = BitOperations.Log2(micros);
        return (doubling * StepsPerDoubling) + (int)((micros >> (doubling - StepBits)) & (StepsPerDoubling - 1));
    }

    private static TimeSpan EndOf(int step) =>
        TimeSpan.FromMicroseconds((StepsPerDoubling + 1 + (step % StepsPerDoubling)) * Math.Pow(2, (step / StepsPerDoubling) - StepBits));
}
