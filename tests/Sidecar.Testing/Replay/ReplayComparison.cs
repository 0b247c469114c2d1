namespace Sidecar.Testing.Replay;

/// What one connection heard on both sides, compared as far as it goes.
internal sealed class ReplayComparison(int number, ReplayConnection expected, ReplayConnection actual, ReplayCoverage coverage)
{
    private readonly List<ReplayRequest> _queued = [];
    private List<ReplayRequest> _asked = [];
    private int _compared;

    public ReplayConnection Expected => expected;

    public void Begin(ReplayStep step) => _asked = [.. step.Requests.Where(request => request.Form != ReplayForm.Raw || request.Words[0].Trim().Length > 0 && request.Words[0][1] is not ('0' or '-'))];

    /// The first difference, if there is one, in what came since the last call.
    public ReplayDifference? Next()
    {
        int count = Math.Min(expected.Heard.Count, actual.Heard.Count);
        // As many replies as requests: each belongs to its own. Else (somebody listens, is silenced, or hears of each name in a request) a
        // rule of any of them may explain one.
        bool isAligned = _asked.TrueForAll(asked => !asked.Names.One.EndsWith("subscribe", StringComparison.Ordinal))
            && expected.Heard.Skip(_compared).Count(frame => frame[0] != '>') == _asked.Count;
        for (int i = 0; _compared < count; _compared++)
        {
            bool isReply = isAligned && expected.Heard[_compared][0] != '>';
            if (CompareOne(isReply ? _asked[i++] : null) is { } difference)
                return difference;
        }
        if (actual.Heard.Count != expected.Heard.Count)
        {
            return new ReplayDifference(0, number, $"{Asked()}: reply {_compared + 1}",
                _compared < expected.Heard.Count ? ReplayDifference.Show(expected.Heard[_compared]) : "nothing more",
                _compared < actual.Heard.Count ? ReplayDifference.Show(actual.Heard[_compared]) : actual.IsClosed ? "closed" : "nothing more");
        }
        return expected.IsClosed == actual.IsClosed
            ? null
            : new ReplayDifference(0, number, $"{Asked()}: the connection", expected.IsClosed ? "closed" : "open", actual.IsClosed ? "closed" : "open");
    }

    private ReplayDifference? CompareOne(ReplayRequest? request)
    {
        byte[] one = expected.Heard[_compared];
        byte[] other = actual.Heard[_compared];
        string? reason = null;
        if (!one.AsSpan().SequenceEqual(other) && (reason = Explain(request, ReplyTree.Parse(one), ReplyTree.Parse(other))) is null)
            return new ReplayDifference(0, number, request?.ToString() ?? Asked(), ReplayDifference.Show(one), ReplayDifference.Show(other));
        coverage.Answered(request ?? Confirmed(one), one[0], reason);
        if (request is not null)
            Follow(request, one);
        return null;
    }

    private string? Explain(ReplayRequest? request, ReplyTree one, ReplyTree other)
    {
        if (request?.Names.One == "exec")
            return NaturalDifferences.ExplainAll(_queued, one, other);
        return request is not null
            ? NaturalDifferences.Explain(request, one, other)
            : _asked.Select(asked => asked.Names.One == "exec" ? NaturalDifferences.ExplainAll(_queued, one, other) : NaturalDifferences.Explain(asked, one, other)).FirstOrDefault(reason => reason is not null);
    }

    // The request that a name in it is confirmed of.
    private ReplayRequest? Confirmed(byte[] frame) =>
        ReplyTree.Parse(frame) is { IsAggregate: true, Items: [{ Text: { } word }, ..] } ? _asked.Find(asked => asked.Names.One == word) : null;

    private void Follow(ReplayRequest request, byte[] reply)
    {
        if (reply.AsSpan().SequenceEqual("+QUEUED\r\n"u8))
            _queued.Add(request);
        else if (request.Names.One is "multi" or "exec" or "discard" or "reset" && reply[0] != '-')
            _queued.Clear();
    }

    private string Asked() => string.Join(" ; ", _asked);
}
