using Sidecar.Logs.Tailing;
using Sidecar.Logs.Tests.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Model;

/// Two logs, the pipeline that ships them, and the service that takes them; keeps what may be lost or repeated, and by which step.
internal sealed class World : IAsyncDisposable
{
    /// Of the state's last write: what was stored since may come again after a kill.
    private static readonly TimeSpan SaveSlack = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OldestUnsaved = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWord = TimeSpan.FromMilliseconds(200);

    private const string Group = "/test";

    private readonly PipelineRig _rig = new();
    private readonly CloudWatchRig _service;
    private readonly Ledger _ledger = new();
    private readonly Dictionary<string, RotatingLog> _logs;
    private readonly List<ModelFile> _held = [];
    private readonly List<StoredEvent> _vanished = [];
    private readonly List<(long FromMs, long ToMs)> _kills = [];
    private bool _isRunning;

    private World(CloudWatchRig service)
    {
        _service = service;
        _rig.To = service.Destination;
        _logs = new[] { "a", "b" }.ToDictionary(name => name, name => new RotatingLog(_rig.PathOf(name + ".log"), _ledger, Destroying), StringComparer.Ordinal);
    }

    public static async Task<Outcome> PlayAsync(IReadOnlyList<Step> steps, CancellationToken cancellation)
    {
        await using var world = new World(await CloudWatchRig.ToStandInAsync());
        foreach (var log in world._logs.Values)
            log.WritePlain(1);
        world.Start();
        if (!await world.SettleAsync(cancellation))
            return new Outcome(["nothing was shipped at all"], world._rig.Log.Lines);

        foreach (var step in steps)
        {
            world._rig.Log.Add($"step: {step}");
            await world.ApplyAsync(step, cancellation);
        }

        return new Outcome(await world.EndAsync(cancellation), world._rig.Log.Lines);
    }

    public async ValueTask DisposeAsync()
    {
        _service.Service.Faults.End();
        await _rig.DisposeAsync();
        await _service.DisposeAsync();
    }

    private static long NowMs => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task ApplyAsync(Step step, CancellationToken cancellation)
    {
        var faults = _service.Service.Faults;
        var log = _logs[step.Log];
        switch (step.Verb)
        {
            case "write": log.WritePlain(step.Amount); break;
            case "crlf": log.WritePlain(step.Amount, "\r\n"); break;
            case "odd": log.WriteOdd(step.Amount); break;
            case "long": log.WriteLong(step.Amount); break;
            case "half": log.WriteHalf(); break;
            case "empty": log.WriteEmpty(step.Amount); break;
            case "banner": log.WriteBanner(); break;
            case "late": WriteLate(log, step.Amount); break;
            case "rotate": log.Rename(step.Amount); break;
            case "copytruncate": log.CopyAndTruncate(step.Amount); break;
            case "truncate": log.Truncate(); break;
            case "delete" when log.NewestRotated is { } file: log.Delete(file); break;
            case "gzip" when log.NewestRotated is { } file: log.Compress(file); break;
            case "wait": await Task.Delay(TimeSpan.FromMilliseconds(step.Amount), TimeProvider.System, cancellation); break;
            case "start": Start(); break;
            case "kill": await KillAsync(); break;
            case "stop": await StopAsync(); break;
            case "settle": await SettleAsync(cancellation); break;
            case "throttle": faults.Begin(StandInFault.Throttle, step.Amount); break;
            case "fail": faults.Begin(StandInFault.InternalError, step.Amount); break;
            case "unavailable": faults.Begin(StandInFault.Unavailable, step.Amount); break;
            case "expire": faults.Begin(StandInFault.ExpiredToken, step.Amount); break;
            case "drop-before": faults.Begin(StandInFault.DropBefore, step.Amount); break;
            case "drop-after": faults.Begin(StandInFault.DropAfter, step.Amount); break;
            case "reject": faults.Begin(StandInFault.RejectHalf, step.Amount, operation: "PutLogEvents"); break;
            case "hang": faults.Begin(StandInFault.Hang, duration: TimeSpan.FromMilliseconds(step.Amount)); break;
            case "slow": faults.Begin(StandInFault.Slow, delay: TimeSpan.FromMilliseconds(step.Amount)); break;
            case "recover": faults.End(); break;
            case "vanish-stream": _vanished.AddRange(_service.Service.Vanish(Group, step.Log + ".log")); break;
            case "vanish-group": _vanished.AddRange(_service.Service.Vanish(Group)); break;
            case "delete" or "gzip": break;
            default: throw new ArgumentOutOfRangeException(nameof(step), step, "No such step.");
        }
    }

    private void WriteLate(RotatingLog log, int count)
    {
        if (log.Renamed is not { } file)
            return;

        // Once it is closed, after LOGS_QUIET_PERIOD, nobody promises to look at it again.
        var isRead = !_isRunning || IsOpen(file);
        foreach (var piece in log.WriteLate(count))
            piece.MayBeLost += isRead ? 0 : 1;
    }

    private void Start()
    {
        if (_isRunning)
            return;
        _rig.Start();
        _isRunning = true;
    }

    private async Task KillAsync()
    {
        if (!_isRunning)
            return;

        var killedAt = NowMs;
        await _rig.KillAsync();
        _isRunning = false;
        var savedAt = Math.Max(SavedAt("state/checkpoints.json"), SavedAt("state/checkpoints.recent"));
        var from = Math.Max(savedAt - (long)SaveSlack.TotalMilliseconds, killedAt - (long)OldestUnsaved.TotalMilliseconds);
        _kills.Add((from, NowMs + (long)LastWord.TotalMilliseconds));
        ForgetHeld();
    }

    private long SavedAt(string state) => new DateTimeOffset(File.GetLastWriteTimeUtc(_rig.PathOf(state))).ToUnixTimeMilliseconds();

    private async Task StopAsync()
    {
        if (!_isRunning)
            return;

        _service.Service.Faults.End();
        await _rig.DrainAsync();
        await _rig.KillAsync();
        _isRunning = false;
        ForgetHeld();
    }

    private void ForgetHeld()
    {
        foreach (var file in _held)
            Lose(file);
        _held.Clear();
    }

    private void Destroying(ModelFile file)
    {
        // The open handle keeps what has lost its name, for as long as the process lives.
        if (file.Path.Length > 0 && !file.IsCompressed && _isRunning && IsOpen(file))
            _held.Add(new ModelFile("", [.. file.Pieces]));
        else
            Lose(file);
    }

    private void Lose(ModelFile file)
    {
        var stored = Answered().SelectMany(one => _ledger.Find(one.Message) ?? []).ToHashSet();
        foreach (var piece in file.Pieces)
        {
            // Of a banner nobody can tell which one was stored.
            if ((--piece.Homes == 0 && !stored.Contains(piece)) || piece.Line.IsBanner)
                piece.MayBeLost++;
        }
    }

    private bool IsOpen(ModelFile file) =>
        FileStat.Of(file.Path) is { } stat
        && _rig.Running.Status().Any(one => one!["identity"]!.GetValue<string>() == stat.Identity.ToString());

    /// An event that was answered to be too old has been dealt with.
    private List<StoredEvent> Answered() => [.. Stored(), .. _service.Service.RejectedEvents];

    private List<StoredEvent> Stored() =>
    [
        .. _vanished,
        .. _service.Service.Groups.SelectMany(group => group.Streams.SelectMany(stream => _service.Service.Events(group.Name, stream))),
    ];

    /// False when something does not arrive.
    private async Task<bool> SettleAsync(CancellationToken cancellation)
    {
        _service.Service.Faults.End();
        Start();
        try
        {
            await Eventually.TrueAsync(() => !Account.Missing(_ledger, Answered()).Any(), cancellation: cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<string>> EndAsync(CancellationToken cancellation)
    {
        await SettleAsync(cancellation);
        await StopAsync();
        // One run more has nothing to send.
        Start();
        await StopAsync();
        var unanswered = _service.Service.UnansweredBatches.ToHashSet();
        return [.. Account.Check(_ledger, Stored(), _service.Service.RejectedEvents, unanswered, _kills), .. _service.Service.RuleViolations.Select(rule => "rule broken: " + rule)];
    }
}
