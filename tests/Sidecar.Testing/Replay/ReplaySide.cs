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

    // What the ambassador and the replayer say on their own account, or the ambassador answers on its own. EVALSHA of a script that there is
    // not is how it asks a server that is silent, as one is during a slow command.
    private static readonly string[] OwnCommands =
        ["ping", "info", "role", "reset", "quit", "hello", "select", "auth", "client|setname", "client|setinfo", "config|set", "config|resetstat", "client|id", "evalsha", "replconf", "publish", "client|list", "debug", "psync", "command", "command|list", "command|info", "cluster|slots", "cluster|nodes", "multi", "readonly", "readwrite", "asking"];

    private static readonly TimeSpan Doubt = TimeSpan.FromMilliseconds(4);

    // Several commands of one step may wait, each for 10 ms.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    // What several nodes are asked for one request, scripts that stand for such a request, and what may be said twice, when a slot is
    // on another node than was thought.
    private static readonly string[] OfSeveralNodes =
        [.. KeyByKey.Commands, "dbsize", "keys", "randomkey", "scan", "flushall", "flushdb", "script|load", "script|flush", "script|exists", "function|load", "function|delete",
            "function|flush", "function|restore", "eval", "evalsha", "eval_ro", "evalsha_ro", "exec", "discard"];

    private readonly int _port;
    private readonly bool _isDirect;
    private readonly bool _isScattered;
    private int _sent;
    private readonly ReplayControl[] _controls;
    private readonly Dictionary<int, ReplayConnection> _connections = [];
    private readonly int _ownConnections;

    // What the ambassador knows of scripts is tidied up too.
    private readonly ReplayControl? _through;

    /// The servers' own ports; several on the side of the ambassador, when the data is scattered there.
    public ReplaySide(int port, IReadOnlyList<int> serverPorts, bool isScattered)
    {
        (_port, _isDirect, _isScattered) = (port, port == serverPorts[0], isScattered);
        _controls = [.. serverPorts.Select(server => new ReplayControl(server))];
        if (!_isDirect)
        {
            // Its shared connections are there for good: they are none that a stream leaves behind.
            using var first = new ReplayConnection(port);
            first.Send("*1\r\n$6\r\nDBSIZE\r\n"u8, 0);
            first.ReadUntil(() => first.Heard.Count > 0, Patience);
            _through = new ReplayControl(port);
        }
        _ownConnections = Settled(Connected);
    }

    public ReplayControl Control => _controls[0];

    /// How long a reply may be late that the other side has. Short while many streams are tried that are known to fail.
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(2);

    public IReadOnlyDictionary<int, ReplayConnection> Connections => _connections;

    /// Whether some hear what others do: that may be written a moment after the reply to whoever does it.
    public bool HasListeners { get; set; }

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
            bytes.Write((_isDirect && _isScattered ? KeyByKey.Of(request) : request).Encode(word => Fill(word, step.Connection)));
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
                Control.Call("PING");
            long started = TimeProvider.System.GetTimestamp();
            while (mostBlocked is { } most && Blocked() > most && TimeProvider.System.GetElapsedTime(started) < LongestWait)
                Thread.Yield();
        }
        else if (HasListeners)
        {
            Control.Call("PING");
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
        foreach (var control in _controls)
            control.Call("PING");
        foreach (var connection in _connections.Values)
        {
            while (connection.Read(TimeSpan.FromMilliseconds(1)))
            {
            }
        }
    }

    public string Digest() => DatasetDigest.Of(_controls.Select(control =>
    {
        // Whoever walks over what has expired removes it.
        _ = control.Call("SCAN", "0", "COUNT", "1000000");
        return control.Call("DEBUG", "DIGEST").Text;
    }));

    /// The same state as at the beginning: no client, no data.
    public void Reset()
    {
        foreach (int connection in _connections.Keys.ToArray())
            Close(connection);
        foreach (var control in _controls)
            control.Call("CLIENT", "UNPAUSE");
        // The ambassador keeps a shared connection for each login that clients brought: those stay.
        if (Connected() > _ownConnections)
            _ = Settled(Connected);
        _through?.Call("SCRIPT", "FLUSH");
        foreach (var control in _controls)
            control.CallAll(TidyUp);
    }

    public void Dispose()
    {
        foreach (int connection in _connections.Keys.ToArray())
            Close(connection);
        _through?.Dispose();
        foreach (var control in _controls)
            control.Dispose();
    }

    // What has been executed so far, as the servers count it.
    private HashSet<string> State()
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, value) in _controls.SelectMany(control => control.Info("clients", "stats", "commandstats")))
        {
            string command = name.StartsWith("cmdstat_", StringComparison.Ordinal) ? name["cmdstat_".Length..] : "";
            bool isCalls = command.Length > 0 && !OwnCommands.Contains(command) && !(_isScattered && OfSeveralNodes.Contains(command));
            if (isCalls)
                counts[name] = counts.GetValueOrDefault(name) + long.Parse(value.AsSpan("calls=".Length, value.IndexOf(',', StringComparison.Ordinal) - "calls=".Length), CultureInfo.InvariantCulture);
            else if (name is "blocked_clients" or "tracking_clients" or "pubsub_channels" or "pubsub_patterns")
                counts[name] = counts.GetValueOrDefault(name) + long.Parse(value, CultureInfo.InvariantCulture);
        }
        // What was refused is counted, too, as called 0 times.
        var state = counts.Where(count => count.Value > 0).Select(count => $"{count.Key}:{count.Value}").ToHashSet(StringComparer.Ordinal);
        // A client that left is gone a moment later.
        foreach (string line in _controls.SelectMany(control => control.Call("CLIENT", "LIST").Text.Split('\n')))
        {
            int name = line.IndexOf(" name=", StringComparison.Ordinal) + 6;
            if (name <= 6 || line[name] == ' ' || line.AsSpan(name).StartsWith("sentinel"))
                continue;
            string client = line[name..line.IndexOf(' ', name)];
            state.Add($"{client}{(_isScattered ? "" : state.Count(known => known.StartsWith(client, StringComparison.Ordinal)))}");
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

    private int Number(string name, string section) => _controls.Sum(control => int.Parse(control.Info(section)[name], CultureInfo.InvariantCulture));

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
