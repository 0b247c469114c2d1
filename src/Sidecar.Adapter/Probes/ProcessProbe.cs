using Sidecar.Hosting.ProcFs;

namespace Sidecar.Adapter.Probes;

/// Passes when the right number of processes of a name run. Finds them once by a scan and then re-checks each with one
/// small read, scanning again only when that can't tell.
internal sealed class ProcessProbe(string name, NumberRanges count, ProcessTable processes) : IProbe
{
    private IReadOnlyList<ProcessIdentity> _known = [];

    public Task<ProbeResult> AskAsync(CancellationToken timeout) => Task.FromResult(Look());

    private ProbeResult Look()
    {
        // With an upper limit a newcomer matters, and only a scan sees it.
        if (count.IsOpenEnded && _known.Count > 0)
        {
            var alive = _known.Where(identity => processes.Check(identity, out _) == ProcRead.Done).ToList();
            if (count.Contains(alive.Count))
                return Running(_known = alive);
        }

        var scan = processes.Find(name);
        _known = scan.Found;
        if (scan.Blindness is { } blindness)
            return ProbeResult.Unknown(blindness);

        if (count.Contains(scan.Found.Count))
            return Running(scan.Found);

        var zombies = scan.Ended > 0 ? $", {scan.Ended} ended and not reaped by their parent (zombies)" : "";
        return ProbeResult.Failed(scan.Found.Count == 0 && count.Least == 1
            ? $"not running{zombies}"
            : $"{scan.Found.Count} running, expected {count}{zombies}");
    }

    private static ProbeResult Running(IReadOnlyList<ProcessIdentity> found) =>
        ProbeResult.Passed(found.Count == 1 ? $"running (pid {found[0].Pid})" : $"{found.Count} running");
}
