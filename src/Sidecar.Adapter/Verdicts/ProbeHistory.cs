using Sidecar.Adapter.Probes;

namespace Sidecar.Adapter.Verdicts;

/// When a change is believed: up after `rise` passes in a row, no longer up after `fall` answers in a row that were none.
/// The last of those says what it is then: down, or unknown when the probe can't tell.
internal sealed class ProbeHistory(int fall, int rise)
{
    public Belief Belief { get; private set; } = Belief.Unknown;

    /// Passes in a row.
    public int Passes { get; private set; }

    /// Answers in a row that were no pass.
    public int Misses { get; private set; }

    private int Unknowns { get; set; }

    /// True when this answer changed the belief.
    public bool Record(Answer answer)
    {
        Count(answer);
        var before = Belief;
        if (Passes >= rise)
            Belief = Belief.Up;
        else if (Misses >= fall && answer is Answer.Fail or Answer.TimedOut)
            Belief = Belief.Down;
        else if (Belief == Belief.Up ? Misses >= fall : Unknowns >= fall)
            Belief = Belief.Unknown;
        return Belief != before;
    }

    // Saturating: a probe that was up for ever must not wrap around.
    private void Count(Answer answer)
    {
        var isPass = answer is Answer.Pass or Answer.Warn;
        Passes = isPass ? Next(Passes) : 0;
        Misses = isPass ? 0 : Next(Misses);
        Unknowns = answer == Answer.Unknown ? Next(Unknowns) : 0;
    }

    private static int Next(int count) => count == int.MaxValue ? count : count + 1;
}
