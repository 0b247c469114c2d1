using System.Globalization;
using System.IO.Compression;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Model;

/// One log that is written and rotated step by step, and an agent that is turned by hand in between. All times are those of a clock
/// that the steps move, the files' own included.
internal sealed class SteppedRotation : IAsyncDisposable
{
    private const int Kept = 5;

    /// So often as the state is saved here, a disk would take all the time.
    private const string Memory = "/dev/shm";

    private static readonly string[] Turns = ["scan", "poll", "look", "ship", "ship", "begin", "end", "kill"];
    private static readonly string[] Endings = ["", ".gz"];
    private static readonly int[] PausesMs = [1, 1, 1, 30, 100, 3000];
    private static readonly int[] QuietPeriodsMs = [10, 1000, 100_000];

    private readonly TempVolume _volume = new();
    private readonly string _state = Directory.CreateDirectory(
        Path.Combine(Directory.Exists(Memory) ? Memory : Path.GetTempPath(), Path.GetRandomFileName())).FullName;

    private readonly LogLines<object> _log = new();
    private readonly List<string> _written = [];
    private readonly List<string> _stored = [];
    private readonly HashSet<(FileIdentity, long)> _made = [];
    private readonly string _how;
    private readonly bool _compresses;
    private readonly Random _random;
    private readonly bool _keepsTime;
    private readonly string _path;
    private readonly LogsOptions _options;

    // Ahead of every birth, which can't be set.
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1));
    private HandAgent? _agent;

    public SteppedRotation(string how, bool compresses, int seed)
    {
        _how = how;
        _compresses = compresses;
        _random = new Random(seed);
        _keepsTime = _random.Next(2) == 0;
        _path = _volume.PathOf("a.log");
        _options = new LogsOptions([Sources.Of(_volume.PathOf("*.log"))], [_state], _state, "host")
        {
            QuietPeriod = TimeSpan.FromMilliseconds(Pick(QuietPeriodsMs)),
            FlushInterval = TimeSpan.Zero,
        };
    }

    public bool IsWhole => _written.Order(StringComparer.Ordinal).SequenceEqual(_stored.Order(StringComparer.Ordinal));

    private HandAgent Agent => _agent ??= new HandAgent(_options, _stored, _time, _log);

    public async Task PlayAsync()
    {
        Write();
        await RunAsync("ship");
        for (var rounds = _random.Next(1, 4); rounds > 0; rounds--)
        {
            await TurnAsync();
            await MaybeWriteAsync();
            await ShiftAsync();
            if (File.Exists(_path))
                await RotateAsync();
            await TurnAsync();
            await MaybeWriteAsync();
            await MaybeCompressAsync();
        }

        for (var looks = 0; looks < 30 && !(looks > 4 && Agent.IsDone && IsWhole); looks++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(600));
            await RunAsync("ship");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null)
            await _agent.DisposeAsync();
        _volume.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    public override string ToString() =>
        $"""
         lost: {Numbers(_written.Except(_stored))}; twice: {Numbers(_stored.CountBy(line => line).Where(one => one.Value > 1).Select(one => one.Key))}
         {string.Join('\n', _log.Lines)}
         """;

    private static string Numbers(IEnumerable<string> lines) => string.Join(", ", lines.Select(line => line.Split(' ')[1]));

    private async Task RotateAsync()
    {
        if (_how == "rename" || (_how == "either" && _random.Next(2) == 0))
        {
            Move(_path, _path + ".1");
            return;
        }

        Say("copy");
        var at = File.GetLastWriteTimeUtc(_path);
        Create(_path + ".1", () => File.Copy(_path, _path + ".1"));
        File.SetLastWriteTimeUtc(_path + ".1", _keepsTime ? at : Now);
        TouchFolder();
        await TurnAsync();
        Say("truncate");
        await File.WriteAllBytesAsync(_path, []);
        File.SetLastWriteTimeUtc(_path, Now);
    }

    private async Task ShiftAsync()
    {
        for (var n = Kept; n >= 1; n--)
        {
            foreach (var ending in Endings.Where(ending => File.Exists($"{_path}.{n}{ending}")))
            {
                Move($"{_path}.{n}{ending}", $"{_path}.{n + 1}{ending}");
                if (_random.Next(3) == 0)
                    await TurnAsync();
            }
        }
    }

    /// As gzip does it, which keeps the time.
    private async Task MaybeCompressAsync()
    {
        var file = $"{_path}.{_random.Next(1, 3)}";
        if (!_compresses || !File.Exists(file) || _random.Next(2) == 0)
            return;

        Say($"compress {Path.GetFileName(file)}");
        var at = File.GetLastWriteTimeUtc(file);
        Create(file + ".gz", () => File.Create(file + ".gz").Dispose());
        await using (var to = new GZipStream(File.OpenWrite(file + ".gz"), CompressionLevel.Fastest))
            await to.WriteAsync(await File.ReadAllBytesAsync(file));
        File.SetLastWriteTimeUtc(file + ".gz", at);
        TouchFolder();
        await TurnAsync();
        File.Delete(file);
        TouchFolder();
        await TurnAsync();
    }

    private async Task MaybeWriteAsync()
    {
        if (_random.Next(3) == 0)
            return;

        Write();
        await TurnAsync();
    }

    private void Write()
    {
        var lines = _random.Next(1, 8);
        Say($"write {lines}");
        var isNew = !File.Exists(_path);
        if (isNew)
            Create(_path, () => File.Create(_path).Dispose());
        for (; lines > 0; lines--)
        {
            _written.Add(string.Create(CultureInfo.InvariantCulture, $"line {_written.Count} {new string('x', _random.Next(4) == 0 ? 300 : _random.Next(20))}"));
            File.AppendAllText(_path, _written[^1] + "\n");
        }

        File.SetLastWriteTimeUtc(_path, Now);
        if (isNew)
            TouchFolder();
    }

    /// Nobody can tell a file from the one that had its inode before, if both were made in the same tick of the file system's clock.
    private void Create(string path, Action create)
    {
        for (create(); FileStat.Of(path) is { } stat && !_made.Add((stat.Identity, stat.BornMs)); create())
            File.Delete(path);
    }

    private void Move(string from, string to)
    {
        Say($"move {Path.GetFileName(from)} {Path.GetFileName(to)}");
        File.Move(from, to);
        TouchFolder();
    }

    private async Task TurnAsync()
    {
        for (var turns = _random.Next(3); turns > 0; turns--)
        {
            _time.Advance(TimeSpan.FromMilliseconds(Pick(PausesMs)));
            if (_random.Next(5) > 0)
                await RunAsync(Pick(Turns));
        }
    }

    private async Task RunAsync(string turn)
    {
        Say("agent: " + turn);
        if (turn == "kill")
        {
            if (_agent is not null)
                await _agent.DisposeAsync();
            _agent = null;
            return;
        }

        if (turn is "scan" or "look" or "ship")
            Agent.Scan();
        if (turn is not ("scan" or "end"))
            Agent.Poll(isHurried: turn is "ship" or "begin" || _random.Next(2) == 0);
        if (turn == "begin")
            Agent.Begin();
        if (turn == "end")
            await Agent.EndAsync();
        if (turn == "ship")
            await Agent.ShipAsync();
    }

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    private T Pick<T>(T[] choices) => choices[_random.Next(choices.Length)];

    private void TouchFolder() => Directory.SetLastWriteTimeUtc(_volume.Root, Now);

    private void Say(string step) => _log.Add("step: " + step);
}
