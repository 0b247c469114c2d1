using System.Globalization;
using System.Text;

namespace Sidecar.Testing.Replay;

/// What streams have reached so far.
internal sealed class ReplayCoverage(IReadOnlyList<CommandSpec> commands)
{
    private readonly HashSet<string> _known = [.. commands.Select(command => command.Name)];
    private readonly HashSet<string> _answered = [];
    private readonly HashSet<string> _withValue = [];
    private readonly SortedDictionary<string, long> _explained = new(StringComparer.Ordinal);

    public long Streams { get; set; }

    public long Requests { get; set; }

    public long Replies { get; private set; }

    public long Errors { get; private set; }

    public long Pushes { get; private set; }

    public void Answered(ReplayRequest? request, byte kind, string? explanation)
    {
        Replies++;
        Errors += kind == '-' ? 1 : 0;
        Pushes += kind == '>' ? 1 : 0;
        if (explanation is not null)
            _explained[explanation] = _explained.GetValueOrDefault(explanation) + 1;
        if (request is null)
            return;
        foreach (string name in (string[])[request.Names.Two, request.Names.One])
        {
            if (!_known.Contains(name))
                continue;
            _answered.Add(name);
            if (kind != '-')
                _withValue.Add(name);
            return;
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        int drawn = _known.Count - CommandRules.NotDrawn.Keys.Count(name => _known.Contains(name) && !_answered.Contains(name));
        text.AppendLine(CultureInfo.InvariantCulture, $"{Streams} streams, {Requests} requests; {Replies} replies compared: {Replies - Errors} values, {Errors} errors, {Pushes} of them pushed");
        text.AppendLine(CultureInfo.InvariantCulture, $"{_answered.Count} of {drawn} commands and subcommands answered, {_withValue.Count} of them with a value as well; the server has {_known.Count}");
        string[] missed = [.. _known.Where(name => !_answered.Contains(name) && !CommandRules.NotDrawn.ContainsKey(name)).Order(StringComparer.Ordinal)];
        if (missed.Length > 0)
            text.AppendLine(CultureInfo.InvariantCulture, $"not reached: {string.Join(' ', missed)}");
        foreach (var (command, reason) in CommandRules.NotDrawn.Where(pair => _known.Contains(pair.Key) && !_answered.Contains(pair.Key)))
            text.AppendLine(CultureInfo.InvariantCulture, $"left out: {command}, it {reason}");
        foreach (var (reason, count) in _explained)
            text.AppendLine(CultureInfo.InvariantCulture, $"{count} equal but for this: {reason}");
        return text.ToString();
    }
}
