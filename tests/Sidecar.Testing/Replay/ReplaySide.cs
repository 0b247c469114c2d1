using System.Globalization;

namespace Sidecar.Testing.Replay;

/// A server, and where its clients connect: to itself, or to the ambassador in front of it.
internal sealed class ReplaySide : IDisposable
{
    // What both sides are brought back to between streams: all that CONFIG SET is drawn with, and what commands leave behind.
    private static readonly string[][] TidyUp =
    [
        ["CLIENT", "UNPAUSE"], ["FLUSHALL"], ["SCRIPT", "FLUSH"], ["FUNCTION", "FLUSH"], ["ACL", "DELUSER", "u1", "u2"], ["ACL", "LOG", "RESET"], ["SLOWLOG", "RESET"],
        ["CONFIG", "SET", "maxmemory-samples", "5", "hash-max-listpack-entries", "128", "set-max-intset-entries", "512", "lua-time-limit", "5000",
            "notify-keyspace-events", "", "list-max-listpack-size", "-2", "zset-max-listpack-entries", "128", "latency-tracking", "yes"],
        ["CONFIG", "RESETSTAT"],
    ];

    // What the ambassador and the replayer say on their own account, or the ambassador answers on its own.
    private static readonly string[] OwnCommands =
        ["ping", "info", "role", "reset", "quit", "hello", "select", "auth", "client|setname", "client|setinfo", "config|set", "config|resetstat", "client|id", "replconf", "publish", "client|list", "debug", "psync", "command", "command|list", "command|info", "cluster|slots", "cluster|nodes", "multi", "readonly", "readwrite", "asking"];

    private static readonly TimeSpan Doubt = TimeSpan.FromMilliseconds(4);

    // Several commands of one step may wait, each for 10 ms.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private readonly int _port;
    private int _sent;
    private readonly ReplayControl _control;
    private readonly Dictionary<int, ReplayConnection> _connections = [];
    private readonly int _ownConnections;

    // What the ambassador knows of scripts is tidied up too.
    private readonly ReplayControl? _through;

    public ReplaySide(int port, int serverPort)
    {
        _port = port;
        _control = new ReplayControl(serverPort);
        if (port != serverPort)
        {
            // Its shared connection is there for good: it is none that a stream leaves behind.
            using var first = new ReplayConnection(port);
            first.Send("*1\r\n$4\r\nPING\r\n"u8, 0);
            first.ReadUntil(() => first.Heard.Count > 0, Patience);
            _through = new ReplayControl(port);
        }
        _ownConnections = Settled(Connected);
    }

    public ReplayControl Control => _control;

    /// How long a reply may be late that the other side has. Short while many streams are tried that are known to fail.
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(2);

    public IReadOnlyDictionary<int, ReplayConnection> Connections => _connections;

    public void Open(int connection, bool needsId)
    {
        if (_connections.ContainsKey(connection))
            return;
        var opened = new ReplayConnection(_port);
        _connections[connection] = opened;
        if (needsId)
            opened.LearnId();
    }

    public void Close(int connection)
    {
        if (_connections.Remove(connection, out var closed))
            closed.Dispose();
    }

    /// Returns how many replies there will be then, or null when it can't be said: somebody listens, waits or is silenced.
    public int? Send(ReplayStep step)
    {
        var asked = _connections[step.Connection];
        bool isEven = asked.Heard.Count == asked.Asked && !step.Requests.Any(request => request.Names.One.EndsWith("subscribe", StringComparison.Ordinal));
        asked.Asked = asked.Heard.Count + step.Requests.Count + (isEven ? 0 : 1);
        using var bytes = new MemoryStream();
        foreach (var request in step.Requests)
            bytes.Write(request.Encode(word => Fill(word, step.Connection)));
        asked.Send(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), step.Piece);
        _sent = (int)bytes.Length;
        return isEven ? asked.Asked : null;
    }

    /// How many clients wait for something.
    public int Blocked() => Number("blocked_clients", "clients");

    /// For the side that nothing stands in front of: until each request has its reply, or the server has read and answered whatever
    /// was sent. It reads 16 KiB of a connection at a turn, and a PING takes at least one; but the kernel may hand on one socket's bytes
    /// before another's.
    public void SettleByTurns(ReplayStep step, int? replies, int? mostBlocked)
    {
        if (replies is not { } enough || !_connections[step.Connection].ReadUntil(() => _connections[step.Connection].Heard.Count >= enough, Doubt))
        {
            for (int turns = 2 + (_sent / 16_384); turns > 0; turns--)
                _control.Call("PING");
            long started = TimeProvider.System.GetTimestamp();
            while (mostBlocked is { } most && Blocked() > most && TimeProvider.System.GetElapsedTime(started) < LongestWait)
                Thread.Yield();
        }
        foreach (var connection in _connections.Values)
        {
            while (connection.Read(TimeSpan.Zero))
            {
            }
            connection.ReadUntil(() => !connection.IsAmidst || connection.IsClosed, Patience);
        }
    }

    /// For the side that is compared: as many replies as the other side has, and an end where it has one.
    public void SettleLike(ReplaySide direct)
    {
        foreach (var (number, model) in direct._connections)
        {
            if (!_connections.TryGetValue(number, out var connection))
                continue;
            for (int turn = 0; turn < 3; turn++)
            {
                connection.ReadUntil(() => connection.Heard.Count >= model.Heard.Count && (connection.IsClosed || !model.IsClosed), Patience);
                if (connection.Heard.Count == model.Heard.Count && connection.IsClosed == model.IsClosed)
                    break;
                model.ReadUntil(() => model.Heard.Count >= connection.Heard.Count && (model.IsClosed || !connection.IsClosed), Patience);
            }
        }
    }

    /// No reply tells that a command was executed: the server's own counts do. Null when both have executed the same.
    public (string Expected, string Actual)? SettleSilently(ReplaySide direct)
    {
        var expected = direct.State();
        long started = TimeProvider.System.GetTimestamp();
        var state = State();
        while (!state.SetEquals(expected) && TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            Thread.Yield();
            (expected, state) = (direct.State(), State());
        }
        return state.SetEquals(expected) ? null : (string.Join(' ', expected.Except(state)), string.Join(' ', state.Except(expected)));
    }

    /// What else there may be, after all.
    public void ReadRest()
    {
        _control.Call("PING");
        foreach (var connection in _connections.Values)
        {
            while (connection.Read(TimeSpan.FromMilliseconds(1)))
            {
            }
        }
    }

    public string Digest()
    {
        // Whoever walks over what has expired removes it.
        _ = _control.Call("SCAN", "0", "COUNT", "1000000");
        return _control.Call("DEBUG", "DIGEST").Text;
    }

    /// The same state as at the beginning: no client, no data.
    public void Reset()
    {
        foreach (int connection in _connections.Keys.ToArray())
            Close(connection);
        _control.Call("CLIENT", "UNPAUSE");
        // The ambassador keeps a shared connection for each login that clients brought: those stay.
        if (Connected() > _ownConnections)
            _ = Settled(Connected);
        _through?.Call("SCRIPT", "FLUSH");
        _control.CallAll(TidyUp);
    }

    public void Dispose()
    {
        foreach (int connection in _connections.Keys.ToArray())
            Close(connection);
        _through?.Dispose();
        _control.Dispose();
    }

    // What has been executed so far, as the server counts it.
    private HashSet<string> State()
    {
        var info = _control.Info("clients", "stats", "commandstats");
        var state = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in info)
        {
            bool isCalls = name.StartsWith("cmdstat_", StringComparison.Ordinal) && !OwnCommands.Contains(name["cmdstat_".Length..]);
            if (isCalls)
                state.Add($"{name}:{value[..value.IndexOf(',', StringComparison.Ordinal)]}");
            else if (name is "blocked_clients" or "tracking_clients" or "pubsub_channels" or "pubsub_patterns")
                state.Add($"{name}:{value}");
        }
        // A client that left is gone a moment later.
        foreach (string line in _control.Call("CLIENT", "LIST").Text.Split('\n'))
        {
            int name = line.IndexOf(" name=", StringComparison.Ordinal) + 6;
            if (name > 6 && line[name] != ' ' && !line.AsSpan(name).StartsWith("sentinel"))
                state.Add(line[name..line.IndexOf(' ', name)] + (state.Count(known => known.StartsWith(line[name..line.IndexOf(' ', name)], StringComparison.Ordinal))));
        }
        return state;
    }

    private string Fill(string word, int connection)
    {
        if (word == ReplayWord.Last)
            return _connections[connection].LastDump;
        return ReplayWord.IsIdOf(word, out int other) ? (_connections.TryGetValue(other, out var named) ? named.Id : "0") : word;
    }

    private int Connected() => Number("connected_clients", "clients");

    private int Number(string name, string section) => int.Parse(_control.Info(section)[name], CultureInfo.InvariantCulture);

    // A number that has stopped changing.
    private static int Settled(Func<int> read)
    {
        int last = read();
        long since = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromMilliseconds(30))
        {
            int now = read();
            if (now != last)
                (last, since) = (now, TimeProvider.System.GetTimestamp());
            Thread.Yield();
        }
        return last;
    }
}
