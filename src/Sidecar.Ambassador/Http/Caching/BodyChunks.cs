namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// A body in pieces that are small enough for the ordinary heap. The memory of each is taken from the store before it is
/// allocated.
/// </summary>
internal sealed class BodyChunks
{
    public static readonly BodyChunks Empty = new();

    private const int Largest = 64 * 1024;
    private const int First = 4096;

    private readonly List<byte[]> _chunks = [];
    private int _usedOfLast;

    public int Length { get; private set; }

    /// <summary>What was taken from the store; at the end as much as there is.</summary>
    public int Reserved { get; private set; }

    public int Count => _chunks.Count;

    public ReadOnlyMemory<byte> this[int index] => index == _chunks.Count - 1 ? _chunks[index].AsMemory(0, _usedOfLast) : _chunks[index];

    /// <param name="expected">How much there will be in all; null if nobody knows.</param>
    /// <returns>False when it does not fit: then the body is of no use any more.</returns>
    public bool TryAdd(ReadOnlySpan<byte> bytes, int? expected, CacheStore store)
    {
        if (Length + bytes.Length > store.LargestAnswer) return false;
        while (!bytes.IsEmpty)
        {
            if (_chunks.Count == 0 || _usedOfLast == _chunks[^1].Length)
            {
                var size = expected is { } all ? Math.Min(Largest, Math.Max(all - Length, 1)) : Math.Min(Largest, First << Math.Min(_chunks.Count, 4));
                if (!store.TryReserve(size)) return false;
                Reserved += size;
                _chunks.Add(new byte[size]);
                _usedOfLast = 0;
            }

            var last = _chunks[^1].AsSpan(_usedOfLast);
            var taken = Math.Min(last.Length, bytes.Length);
            bytes[..taken].CopyTo(last);
            bytes = bytes[taken..];
            _usedOfLast += taken;
            Length += taken;
        }

        return true;
    }

    /// <summary>Gives back what the last piece has too much.</summary>
    public void Trim(CacheStore store)
    {
        if (_chunks.Count == 0 || _usedOfLast == _chunks[^1].Length) return;
        var surplus = _chunks[^1].Length - _usedOfLast;
        _chunks[^1] = _chunks[^1][.._usedOfLast];
        Reserved -= surplus;
        store.Release(surplus);
    }
}
