using System.Globalization;
using System.Numerics;
using Sidecar.Adapter.Probes;

namespace Sidecar.Adapter.Verdicts;

/// When a change is believed: up after `rise` passes in a row, no longer up after `fall` answers in a row that were none, or
/// after so many among the last `window`. The last of those says what it is then: down, or unknown when the probe can't tell.
/// One that went down again soon after it came up has to pass for as long as `damping` before it is believed again.
internal sealed class ProbeHistory(ProbeSchedule schedule, TimeProvider time)
{
    // The last answers, the newest in the lowest bit; 1 is a miss.
    private ulong _misses;
    private int _unknowns;
    private long? _cameUpAt;
    private long? _passingSince;
    private bool _isFlapping;
    // At the start unknown is no belief yet, but the lack of one.
    private bool _hasBelief;

    public Belief Belief { get; private set; } = Belief.Unknown;

    /// Passes in a row.
    public int Passes { get; private set; }

    /// Answers in a row that were no pass.
    public int Misses { get; private set; }

    /// True while it passes and is not believed, because it went down so soon before.
    public bool IsHeldDown => _isFlapping && Passes >= schedule.Rise;

    /// The misses that count, in words.
    public string Tally => schedule.Window > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Counted} misses among the last {schedule.Window} answers")
        : string.Create(CultureInfo.InvariantCulture, $"{Misses} misses in a row");

    private bool HasFallen => Counted >= schedule.Fall;

    private int Counted => schedule.Window > 0 ? BitOperations.PopCount(_misses & ((1UL << schedule.Window) - 1)) : Misses;

    /// True when this answer changed the belief, or was the one that it took to believe that the probe can't tell.
    public bool Record(Answer answer)
    {
        Count(answer);
        var (before, hadBelief) = (Belief, _hasBelief);
        if (Passes >= schedule.Rise && !HasFallen && !IsDamped())
            Believe(Belief.Up);
        else if (HasFallen && answer is Answer.Fail or Answer.TimedOut)
            Believe(Belief.Down);
        else if (Belief == Belief.Up ? HasFallen : _unknowns >= schedule.Fall)
            Believe(Belief.Unknown);
        Remember(before);
        return Belief != before || _hasBelief != hadBelief;
    }

    private void Believe(Belief belief) => (Belief, _hasBelief) = (belief, true);

    private bool IsDamped() => _isFlapping && _passingSince is { } since && time.GetElapsedTime(since) < schedule.Damping;

    private void Remember(Belief before)
    {
        if (Belief == before)
            return;

        if (Belief == Belief.Up)
            (_cameUpAt, _isFlapping) = (time.GetTimestamp(), false);
        else if (before == Belief.Up && _cameUpAt is { } cameUp)
            _isFlapping = time.GetElapsedTime(cameUp) < schedule.Damping;
    }

    // Saturating: a probe that was up for ever must not wrap around.
    private void Count(Answer answer)
    {
        var isPass = answer is Answer.Pass or Answer.Warn;
        _misses = (_misses << 1) | (isPass ? 0UL : 1UL);
        _passingSince = isPass ? _passingSince ?? time.GetTimestamp() : null;
        Passes = isPass ? Next(Passes) : 0;
        Misses = isPass ? 0 : Next(Misses);
        _unknowns = answer == Answer.Unknown ? Next(_unknowns) : 0;
    }

    private static int Next(int count) => count == int.MaxValue ? count : count + 1;
}
