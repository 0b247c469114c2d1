namespace Sidecar.Logs.Tests.Model;

/// Leaves out steps of a failing run for as long as it still fails. Timing is real, so a shorter run gets several tries.
internal static class Shrinking
{
    private const int Tries = 3;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(45);

    public static async Task<(IReadOnlyList<Step> Steps, Outcome Outcome)> ShrinkAsync(
        IReadOnlyList<Step> steps, Outcome outcome, Func<IReadOnlyList<Step>, Task<Outcome>> playAsync)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var size = steps.Count / 2; size > 0; size /= 2)
        {
            for (var from = 0; from < steps.Count && TimeProvider.System.GetElapsedTime(started) < Budget;)
            {
                Step[] shorter = [.. steps.Take(from), .. steps.Skip(from + size)];
                if (await FailsAsync(shorter))
                    steps = shorter;
                else
                    from += size;
            }
        }

        return (steps, outcome);

        async Task<bool> FailsAsync(Step[] shorter)
        {
            for (var i = 0; i < Tries; i++)
            {
                if (await playAsync(shorter) is { Holds: false } found)
                {
                    outcome = found;
                    return true;
                }
            }

            return false;
        }
    }
}
