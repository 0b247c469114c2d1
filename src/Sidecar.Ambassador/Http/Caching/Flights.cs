using System.Collections.Concurrent;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// Lets those who want the same thing at the same time wait for the one who asks for it. What is remembered of keys is by their
/// hashes: two that share one ask a little more often than needed, and the memory stays the same.
/// </summary>
internal sealed class Flights(TimeProvider time)
{
    private const int Slots = 4096;

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _underWay = new(StringComparer.Ordinal);
    private readonly bool[] _areAlone = new bool[Slots];
    private readonly long[] _changedAt = new long[Slots];

    /// <summary>Whether the caller is the one who asks, and must <see cref="Land"/>.</summary>
    /// <param name="landing">Else the end of another one's asking.</param>
    public bool TryLead(string key, out Task landing)
    {
        var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = _underWay.GetOrAdd(key, own);
        landing = first.Task;
        return first == own;
    }

    public void Land(string key)
    {
        if (_underWay.TryRemove(key, out var flight)) flight.SetResult();
    }

    /// <summary>Whether its last answer was of no use to others, so that waiting for it would only take longer.</summary>
    public bool IsAlone(string key) => Volatile.Read(ref _areAlone[SlotOf(key)]);

    public void SetAlone(string key, bool isAlone) => Volatile.Write(ref _areAlone[SlotOf(key)], isAlone);

    /// <summary>What is under way may tell how it was before.</summary>
    public void Changed(string key) => Volatile.Write(ref _changedAt[SlotOf(key)], time.GetTimestamp());

    public bool HasChangedSince(string key, long timestamp) => Volatile.Read(ref _changedAt[SlotOf(key)]) is var at && at != 0 && at >= timestamp;

    private static int SlotOf(string key) => (int)((uint)key.GetHashCode(StringComparison.Ordinal) % Slots);
}
