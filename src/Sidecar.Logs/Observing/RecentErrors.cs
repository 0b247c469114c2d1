using System.Text.Json.Nodes;

namespace Sidecar.Logs.Observing;

/// The last things that went wrong, for the status page. The same again only renews the last one.
internal sealed class RecentErrors(TimeProvider time)
{
    private const int Kept = 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _entries = [];

    public void Add(string what, string reason)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var known = _entries.FirstOrDefault(one => one.What == what && one.Reason == reason);
            if (known is not null)
                _entries.Remove(known);
            else if (_entries.Count == Kept)
                _entries.RemoveLast();
            _entries.AddFirst(known is null ? new Entry(what, reason, now, now, 1) : known with { Last = now, Times = known.Times + 1 });
        }
    }

    /// The newest first.
    public JsonArray Status()
    {
        lock (_lock)
        {
            return new([
                .. _entries.Select(one => new JsonObject
                {
                    ["time"] = one.Last.ToString("O"),
                    ["what"] = one.What,
                    ["reason"] = one.Reason,
                    ["first"] = one.First.ToString("O"),
                    ["times"] = one.Times,
                }),
            ]);
        }
    }

    private sealed record Entry(string What, string Reason, DateTimeOffset First, DateTimeOffset Last, int Times);
}
