namespace Sidecar.Testing.Replay;

/// Takes steps apart while another connection waits without end: whether what it has said behind that is executed before or after what
/// comes together with the request that wakes it, no server promises.
internal static class OneByOne
{
    public static List<ReplayStep> WhileSomebodyWaits(IEnumerable<ReplayStep> stream)
    {
        var waiting = new HashSet<int>();
        var apart = new List<ReplayStep>();
        foreach (var step in stream)
        {
            bool isShared = step.Requests.Count > 1 && waiting.Any(connection => connection != step.Connection);
            apart.AddRange(isShared ? step.Requests.Select(request => step with { Requests = [request] }) : [step]);
            if (step.Requests.Count == 0)
                waiting.Remove(step.Connection);
            else if (step.Requests.Any(request => request.WaitsWithoutEnd))
                waiting.Add(step.Connection);
        }
        return apart;
    }
}
