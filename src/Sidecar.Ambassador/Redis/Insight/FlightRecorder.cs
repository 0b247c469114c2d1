using System.Text.Json.Nodes;

namespace Sidecar.Ambassador.Redis.Insight;

/// What became known of a route's servers in the last ten minutes, for those who come after the trouble. What is said again and again
/// stands there once, with how often; and no more than a number of things in all.
internal sealed class FlightRecorder(TimeProvider time)
{
    private const int Most = 200;

    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Queue<Happening> _happenings = new();
    private Happening? _last;

    /// From any thread.
    public void Note(string what)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_last is { } last && last.What == what)
            {
                last.Repeat(now);
                return;
            }
            _last = new Happening(now, what);
            _happenings.Enqueue(_last);
            while (_happenings.Count > Most || now - _happenings.Peek().Until > Lasts)
                _happenings.Dequeue();
        }
    }

    /// The oldest first.
    public JsonArray Show()
    {
        var now = time.GetUtcNow();
        lock (_lock)
            return new JsonArray([.. _happenings.Where(one => now - one.Until <= Lasts).Select(static JsonNode (one) => one.Show())]);
    }

    private sealed class Happening(DateTimeOffset at, string what)
    {
        private readonly string _at = at.ToString("O");
        private int _times = 1;

        public string What => what;

        public DateTimeOffset Until { get; private set; } = at;

        public void Repeat(DateTimeOffset now) => (Until, _times) = (now, _times + 1);

        public JsonObject Show() => _times == 1
            ? new JsonObject { ["at"] = _at, ["what"] = what }
            : new JsonObject { ["at"] = _at, ["what"] = what, ["times"] = _times, ["until"] = Until.ToString("O") };
    }
}
