using System.Threading.Channels;

namespace Sidecar.Logs.Checkpoints;

/// Saves the newest state whenever something changed. While a slow disk takes one, further changes gather for the next, and
/// saving takes at most a third of the time, so that a state of many files costs no more than one of few.
internal sealed class CheckpointWriter(CheckpointStore store, Func<IReadOnlyList<Checkpoint>> newest, TimeProvider time)
{
    private const int RestPerWork = 2;
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(250);

    private readonly Channel<bool> _changed =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _saving = new();
    private long _behindSince;
    private volatile bool _isBehind;

    /// For how long the state on disk has lacked something that was acknowledged.
    public TimeSpan Age => _isBehind ? time.GetElapsedTime(Volatile.Read(ref _behindSince)) : TimeSpan.Zero;

    public void Changed()
    {
        if (!_isBehind)
            Volatile.Write(ref _behindSince, time.GetTimestamp());
        _isBehind = true;
        _changed.Writer.TryWrite(true);
    }

    /// Waits for a change, saves, and rests.
    public async Task TurnAsync(CancellationToken cancellation)
    {
        await _changed.Reader.ReadAsync(cancellation);
        var started = time.GetTimestamp();
        Save();
        var rest = time.GetElapsedTime(started) * RestPerWork;
        await Task.Delay(rest < LongestRest ? rest : LongestRest, time, cancellation);
    }

    /// Saves now. What fails is tried again at the next turn.
    public void Save()
    {
        lock (_saving)
        {
            _isBehind = false;
            try
            {
                store.Save(newest());
            }
            catch
            {
                Changed();
                throw;
            }
        }
    }
}
