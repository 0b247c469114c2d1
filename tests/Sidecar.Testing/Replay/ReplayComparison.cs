namespace Sidecar.Testing.Replay;

/// What one connection heard on both sides, compared as far as it goes.
internal sealed class ReplayComparison(int number, ReplayConnection expected, ReplayConnection actual, ReplayCoverage coverage)
{
    private readonly List<ReplayRequest> _queued = [];
    private readonly List<ReplayRequest> _before = [];
    private bool _isAssigned = true;
    private List<ReplayRequest> _asked = [];
    private int _compared;

    public ReplayConnection Expected => expected;

    public void Begin(ReplayStep step)
    {
        // What waits is answered later, behind requests of another step.
        if (_isAssigned)
            _before.Clear();
        else
            _before.AddRange(_asked);
        _asked = [.. step.Requests.Where(request => request.Form != ReplayForm.Raw || request.Words[0].Trim().Length > 0 && request.Words[0][1] is not ('0' or '-'))];
    }

    /// The first difference, if there is one, in what came since the last call.
    public ReplayDifference? Next()
    {
        int count = Math.Min(expected.Heard.Count, actual.Heard.Count);
        var answered = Assign(expected.Heard.Skip(_compared));
        _isAssigned = answered is not null;
        for (int i = 0; _compared < count; _compared++, i++)
        {
            if (CompareOne(answered?[i]) is { } difference)
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
        coverage.Answered(request, one[0], reason);
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
            : _asked.Concat(_before).Select(asked => asked.Names.One == "exec" ? NaturalDifferences.ExplainAll(_queued, one, other) : NaturalDifferences.Explain(asked, one, other)).FirstOrDefault(reason => reason is not null);
    }

    // The request that each frame answers, if any; null when frames and requests don't go together (somebody is silenced, or was asked
    // before), so that a rule of any of them may explain one. A request to subscribe is confirmed name by name, in RESP3 as a push.
    private List<ReplayRequest?>? Assign(IEnumerable<byte[]> frames)
    {
        var assigned = new List<ReplayRequest?>();
        int next = 0;
        ReplayRequest? confirmed = null;
        foreach (byte[] frame in frames)
        {
            string word = ReplyTree.Parse(frame) is { IsAggregate: true, Items: [{ Text: { } first }, ..] } ? first : "";
            if (confirmed is not null && word == confirmed.Names.One)
            {
                assigned.Add(confirmed);
                continue;
            }
            var request = next < _asked.Count ? _asked[next] : null;
            confirmed = request is not null && word == request.Names.One && word.EndsWith("subscribe", StringComparison.Ordinal) ? request : null;
            bool isReply = confirmed is not null || frame[0] != '>';
            if (isReply && request is null)
                return null;
            assigned.Add(isReply ? request : null);
            next += isReply ? 1 : 0;
        }
        return next == _asked.Count ? assigned : null;
    }

    private void Follow(ReplayRequest request, byte[] reply)
    {
        if (reply.AsSpan().SequenceEqual("+QUEUED\r\n"u8))
            _queued.Add(request);
        else if (request.Names.One is "multi" or "exec" or "discard" or "reset" && reply[0] != '-')
            _queued.Clear();
    }

    private string Asked() => string.Join(" ; ", _asked);
}
