using System.Numerics;
using System.Text.Json.Nodes;

namespace Sidecar.Ambassador.Redis.Insight;

/// How long commands took from their arrival to the arrival of their replies, counted in steps of two. Written by one thread, with two
/// additions and no clock for each command; read by any.
internal sealed class LatencyCounts(TimeProvider time)
{
    // The first step ends at 128 microseconds, the last but one at 8.4 s; the last has no end.
    private const int FirstPower = 7;
    private const int Steps = 18;

    private static readonly CommandClass[] Classes = Enum.GetValues<CommandClass>();

    private readonly long[] _counts = new long[Classes.Length * Steps];
    private readonly long[] _ticks = new long[Classes.Length];
    private readonly double _microsecondsInTick = 1e6 / time.TimestampFrequency;

    /// The ends of the steps in seconds, the last one infinite.
    public static IReadOnlyList<double> Ends { get; } =
        [.. Enumerable.Range(FirstPower, Steps - 1).Select(power => (1L << power) / 1e6), double.PositiveInfinity];

    /// Ticks are those of the clock's timestamps.
    public void Add(CommandClass of, long ticks)
    {
        uint microseconds = (uint)Math.Min(ticks * _microsecondsInTick, uint.MaxValue);
        int step = Math.Clamp(BitOperations.Log2(microseconds) + 1 - FirstPower, 0, Steps - 1);
        _counts[((int)of * Steps) + step]++;
        _ticks[(int)of] += ticks;
    }

    /// How many took less than each end.
    public IEnumerable<(double End, long Count)> Below(CommandClass of)
    {
        long sum = 0;
        for (int step = 0; step < Steps; step++)
            yield return (Ends[step], sum += Volatile.Read(ref _counts[((int)of * Steps) + step]));
    }

    /// What all of them took together.
    public double Seconds(CommandClass of) => Volatile.Read(ref _ticks[(int)of]) * _microsecondsInTick / 1e6;

    /// For each class that there was: how many, and below what half of them and 99 of 100 stayed.
    public JsonObject Show()
    {
        var shown = new JsonObject();
        foreach (var of in Classes)
        {
            var steps = Below(of).ToList();
            long all = steps[^1].Count;
            if (all == 0)
                continue;
            shown[of.ToString().ToLowerInvariant()] = new JsonObject
            {
                ["commands"] = all, ["p50_below_ms"] = Milliseconds(0.5), ["p99_below_ms"] = Milliseconds(0.99),
            };

            JsonNode? Milliseconds(double share) =>
                steps.First(step => step.Count >= all * share).End is var end && double.IsFinite(end) ? JsonValue.Create(end * 1000) : null;
        }
        return shown;
    }
}
