namespace Sidecar.Testing.Replay;

/// Draws streams: what a few connections say in turn. Scenes of several connections are mixed, so that their order matters.
internal sealed class StreamDraw
{
    private const int Connections = 4;

    private readonly Random _random;
    private readonly ArgumentDraw _draw;
    private readonly IReadOnlyList<CommandSpec> _drawn;
    private readonly ILookup<string, CommandSpec> _groups;
    private readonly SceneDraw _scenes;

    public StreamDraw(IReadOnlyList<CommandSpec> commands, int seed)
    {
        _random = new Random(seed);
        _draw = new ArgumentDraw(_random);
        _drawn = [.. commands.Where(command => !CommandRules.NotDrawn.ContainsKey(command.Name))];
        _groups = _drawn.ToLookup(command => command.Group, StringComparer.Ordinal);
        _scenes = new SceneDraw(_random, Any);
    }

    public List<ReplayStep> Next()
    {
        var steps = new List<ReplayStep>();
        int length = _random.Next(10, 60);
        while (steps.Count < length)
        {
            int first = _random.Next(Connections);
            List<ReplayStep> one = _random.Next(5) == 0 ? _scenes.Next(first, (first + 1) % Connections) : [Batch(first)];
            if (_random.Next(2) == 0)
                Mix(one, [.. Enumerable.Range(0, one.Count).Select(_ => Batch((first + 2 + _random.Next(2)) % Connections))]);
            steps.AddRange(one);
        }
        return steps;
    }

    private ReplayStep Batch(int connection)
    {
        int count = _random.Next(3) == 0 ? 1 : _random.Next(2, 30);
        var requests = Enumerable.Range(0, count).Select(_ => Any()).ToList();
        if (_random.Next(12) == 0)
            requests.Add(new ReplayRequest([WordPool.Pick(_random, ["\r\n", "*0\r\n", "*-1\r\n", "  \r\n"])], ReplayForm.Raw));
        return new ReplayStep(connection, requests, Piece());
    }

    // Commands on data come more often than those about the server, and no command is left out.
    private ReplayRequest Any()
    {
        var pool = _random.Next(3) == 0 ? _drawn : [.. _groups[WordPool.Pick(_random, ["string", "list", "set", "hash", "sorted-set", "stream", "generic", "bitmap", "geo", "hyperloglog"])]];
        return _draw.Draw(pool[_random.Next(pool.Count)]);
    }

    private int Piece() => _random.Next(10) == 0 ? _random.Next(1, 40) : 0;

    private void Mix(List<ReplayStep> steps, List<ReplayStep> others)
    {
        foreach (var other in others)
            steps.Insert(_random.Next(steps.Count + 1), other);
    }
}
