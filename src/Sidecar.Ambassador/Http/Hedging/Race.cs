using Sidecar.Ambassador.Http.Retries;

namespace Sidecar.Ambassador.Http.Hedging;

/// <summary>
/// Two tries of one request at the same time. The first with an answer has the caller, and the other one is left; an answer that
/// says that the endpoint can't serve waits for what the other one gets.
/// </summary>
/// <param name="firstEnd">Ends when the first try does not touch the caller's context any more.</param>
internal sealed class Race(Attempt first, Task firstEnd, Attempt second)
{
    private readonly Lock _lock = new();
    private Attempt? _out;

    /// <summary>Null while there is none.</summary>
    public Attempt? Winner { get; private set; }

    /// <returns>Whether the attempt's bad answer is none for the caller: the other one may still get a better one.</returns>
    public bool TryHoldBack(Attempt attempt)
    {
        lock (_lock)
        {
            if (Winner != null || (_out != null && _out != attempt)) return false;
            _out = attempt;
            return true;
        }
    }

    /// <summary>The attempt is over, without an answer for the caller.</summary>
    public void Leave(Attempt attempt)
    {
        lock (_lock) _out ??= attempt;
    }

    /// <returns>Whether the caller gets the attempt's answer.</returns>
    public async ValueTask<bool> TryWinAsync(Attempt attempt)
    {
        lock (_lock)
        {
            if (Winner != null) return false;
            Winner = attempt;
        }

        (attempt == first ? second : first).LeaveOutpaced();
        if (attempt == second) await firstEnd.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }
}
