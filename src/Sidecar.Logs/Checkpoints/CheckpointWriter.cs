using System.Threading.Channels;

namespace Sidecar.Logs.Checkpoints;

/// Saves the newest state whenever something changed, once a second so that it outlives the machine. While a slow disk takes one,
/// further changes gather for the next, and unless someone waits for it saving takes at most a third of the time, so that a state of
/// many files costs no more than one of few.
internal sealed class CheckpointWriter(CheckpointStore store, Func<IReadOnlyList<Checkpoint>> newest, TimeProvider time)
{
    private const int RestPerWork = 2;
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenFlushes = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _changed =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _saving = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _changes;
    private long _saved;
    private long _behindSince;
    private bool _isFailing;
    private long? _flushedAt;

    /// Up to when all that lay in the folders has been seen.
    public Func<long> ScannedAtMs { get; init; } = static () => 0;

    /// For how long the state on disk has lacked something that was acknowledged.
    public TimeSpan Age
    {
        get
        {
            lock (_gate)
                return _saved < _changes ? time.GetElapsedTime(_behindSince) : TimeSpan.Zero;
        }
    }

    /// Something is to be remembered; returns the number of the change.
    public long Changed()
    {
        long change;
        lock (_gate)
        {
            if (_saved == _changes)
                _behindSince = time.GetTimestamp();
            change = ++_changes;
        }

        _changed.Writer.TryWrite(true);
        return change;
    }

    /// Waits until a change is on disk. While the disk takes nothing there is no wait: that must not hold up shipping.
    public async Task SettledAsync(long change, CancellationToken cancellation)
    {
        while (true)
        {
            Task tried;
            lock (_gate)
            {
                if (_saved >= change || _isFailing)
                    return;
                tried = _tried.Task;
                _wanted.TrySetResult();
            }

            await tried.WaitAsync(cancellation);
        }
    }

    /// Waits for a change, saves, and rests.
    public async Task TurnAsync(CancellationToken cancellation)
    {
        await _changed.Reader.ReadAsync(cancellation);
        var started = time.GetTimestamp();
        Save(isFlushed: _flushedAt is not { } at || time.GetElapsedTime(at) >= BetweenFlushes);
        var rest = time.GetElapsedTime(started) * RestPerWork;
        await Task.WhenAny(Task.Delay(rest < LongestRest ? rest : LongestRest, time, cancellation), WantedAsync());
        cancellation.ThrowIfCancellationRequested();
    }

    /// Saves now, on the disk itself. What fails is tried again at the next turn.
    public void Save() => Save(isFlushed: true);

    private void Save(bool isFlushed)
    {
        lock (_saving)
        {
            long change;
            lock (_gate)
                change = _changes;
            try
            {
                // In this order: what the time says to have been seen must be in what is saved with it.
                var scannedAtMs = ScannedAtMs();
                store.Save(newest(), isFlushed, scannedAtMs);
                if (isFlushed)
                    _flushedAt = time.GetTimestamp();
                Tried(change);
            }
            catch
            {
                Tried(null);
                _changed.Writer.TryWrite(true);
                throw;
            }
        }
    }

    private void Tried(long? saved)
    {
        lock (_gate)
        {
            _isFailing = saved is null;
            if (saved is { } change)
            {
                _saved = change;
                _behindSince = time.GetTimestamp();
            }

            _tried.TrySetResult();
            _tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private Task WantedAsync()
    {
        lock (_gate)
            return _wanted.Task;
    }
}
