using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Processes;

/// Passes when the right number of processes run and are well. Finds them once by a scan and then re-checks each with one
/// small read, scanning again only when that can't tell.
internal sealed class ProcessProbe(
    ProcessExpectation expected, NumberRanges count, ProcessTable processes, ProcessDetails details, TimeProvider time) : IProbe
{
    private readonly ProcessFitness _fitness = new(expected, details, time);
    private readonly List<ProcessStat> _alive = [];
    private IReadOnlyList<ProcessIdentity> _known = [];

    public Task<ProbeResult> AskAsync(CancellationToken timeout) => Task.FromResult(Look());

    private ProbeResult Look()
    {
        // With an upper limit a newcomer matters, and only a scan sees it.
        if (count.IsOpenEnded && _known.Count > 0)
        {
            if (count.Contains(CountAlive()))
                return Running();
        }

        List<int> hidden = [];
        var scan = processes.Find(stat =>
        {
            var match = expected.Match(stat, processes, details);
            if (match == ProcessMatch.Hidden)
                hidden.Add(stat.Pid);
            return match == ProcessMatch.Yes;
        });
        _known = scan.Found;
        if (scan.Blindness is { } blindness)
            return ProbeResult.Unknown(blindness);

        var isRight = count.Contains(CountAlive());
        if (hidden.Count > 0 && Enumerable.Range(_alive.Count, hidden.Count + 1).Any(total => count.Contains(total) != isRight))
            return ProcessExpectation.Unreadable(hidden[0]);

        if (isRight)
            return Running();

        var zombies = scan.Ended > 0 ? $", {scan.Ended} ended and not reaped by their parent (zombies)" : "";
        return ProbeResult.Failed(_alive.Count == 0 && count.Least == 1
            ? $"not running{zombies}"
            : $"{_alive.Count} running, expected {count}{zombies}");
    }

    private int CountAlive()
    {
        _alive.Clear();
        foreach (var identity in _known)
        {
            if (processes.Check(identity, out var stat) == ProcRead.Done)
                _alive.Add(stat);
        }
        return _alive.Count;
    }

    private ProbeResult Running()
    {
        foreach (var stat in _alive)
        {
            if (_fitness.Trouble(stat) is { } trouble)
                return trouble;
        }
        return ProbeResult.Passed(_alive.Count == 1 ? $"running (pid {_alive[0].Pid})" : $"{_alive.Count} running");
    }
}
