namespace Sidecar.Testing.Replay;

/// Says the same to a server directly and to an equal one through the ambassador, and compares every byte of every reply.
internal sealed class Replayer : IDisposable
{
    private readonly ReplaySide _direct;
    private readonly ReplaySide _through;

    /// The ambassador in front of the servers behind it listens on that port.
    public Replayer(ReplayServers servers, int throughPort)
    {
        _direct = new ReplaySide(servers.Direct.Port, [servers.Direct.Port], servers.Others.Count > 0);
        _through = new ReplaySide(throughPort, [servers.Behind.Port, .. servers.Others.Select(other => other.Port)], servers.Others.Count > 0);
        Commands = CommandDocs.Read(_direct.Control);
        Coverage = new ReplayCoverage(Commands);
    }

    public IReadOnlyList<CommandSpec> Commands { get; }

    public ReplayCoverage Coverage { get; }

    /// See ReplaySide.
    public TimeSpan Patience
    {
        set => _direct.Patience = _through.Patience = value;
    }

    /// The first difference, or null when the whole stream is the same on both sides.
    public ReplayDifference? Play(IReadOnlyList<ReplayStep> stream)
    {
        _direct.Reset();
        _through.Reset();
        Coverage.Streams++;
        var asked = stream.SelectMany(step => step.Requests).SelectMany(request => request.Words).ToHashSet(StringComparer.Ordinal);
        _direct.HasListeners = stream.SelectMany(step => step.Requests).Any(IsListening);
        var comparisons = new Dictionary<int, ReplayComparison>();
        for (int i = 0; i < stream.Count; i++)
        {
            var step = stream[i];
            bool needsId = asked.Contains(ReplayWord.IdOf(step.Connection));
            if (Step(step, needsId, comparisons) is { } difference)
                return difference with { Step = i + 1 };
        }
        _direct.ReadRest();
        _through.ReadRest();
        _through.SettleLike(_direct);
        if (Compare(comparisons) is { } late)
            return late with { Step = stream.Count };
        string expected = _direct.Digest();
        string actual = _through.Digest();
        return expected == actual ? null : new ReplayDifference(stream.Count, 0, "the data afterwards (DEBUG DIGEST)", expected, actual);
    }

    public void Dispose()
    {
        _direct.Dispose();
        _through.Dispose();
    }

    private static bool IsListening(ReplayRequest request) =>
        request.Names.One is "monitor" or "subscribe" or "psubscribe" or "ssubscribe" || request.Names.Two == "client|tracking";

    private ReplayDifference? Step(ReplayStep step, bool needsId, Dictionary<int, ReplayComparison> comparisons)
    {
        if (step.Requests.Count == 0)
        {
            _direct.Close(step.Connection);
            _through.Close(step.Connection);
            comparisons.Remove(step.Connection);
            _direct.SettleByTurns(step, replies: null, mostBlocked: null);
            return Settle(step, isSilent: true) ?? Compare(comparisons);
        }
        _direct.Open(step.Connection, needsId);
        _through.Open(step.Connection, needsId);
        if (!comparisons.TryGetValue(step.Connection, out var comparison))
        {
            comparison = new ReplayComparison(step.Connection, _direct.Connections[step.Connection], _through.Connections[step.Connection], Coverage);
            comparisons[step.Connection] = comparison;
        }
        Coverage.Requests += step.Requests.Count;
        comparison.Begin(step);
        try
        {
            int? blocked = step.Waits ? _direct.Blocked() : null;
            int? replies = _direct.Send(step);
            _direct.SettleByTurns(step, replies, blocked);
            _through.Send(step);
            bool isSilent = (replies is not { } all || comparison.Expected.Heard.Count < all);
            return Settle(step, isSilent) ?? Compare(comparisons);
        }
        catch (InvalidDataException garbage)
        {
            return new ReplayDifference(0, step.Connection, "what came is no reply", "a reply", garbage.Message);
        }
    }

    private ReplayDifference? Settle(ReplayStep step, bool isSilent)
    {
        _through.SettleLike(_direct);
        return isSilent && _through.SettleSilently(_direct) is { } executed
            ? new ReplayDifference(0, step.Connection, $"{step}: what the server has executed", executed.Expected, executed.Actual)
            : null;
    }

    private static ReplayDifference? Compare(Dictionary<int, ReplayComparison> comparisons)
    {
        foreach (var comparison in comparisons.Values)
        {
            if (comparison.Next() is { } difference)
                return difference;
        }
        return null;
    }
}
