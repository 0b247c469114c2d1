using System.Buffers;

namespace Sidecar.Logs.Events;

/// Room for messages that are not just bytes of a file: re-encoded, repaired or marked ones. What is kept never moves; all of it
/// goes to the batch, which gives the arrays back.
internal sealed class MessageRoom
{
    private const int SmallestArray = 64 * 1024;
    private const int LargestGrowth = 1024 * 1024;

    private readonly List<byte[]> _arrays = [];
    private int _used;

    /// Room for so many bytes at least. It is free again at the next call unless some of it is kept.
    public Memory<byte> Reserve(int bytes)
    {
        if (_arrays.Count == 0 || _arrays[^1].Length - _used < bytes)
        {
            var next = _arrays.Count == 0 ? SmallestArray : Math.Min(_arrays[^1].Length * 4, LargestGrowth);
            _arrays.Add(ArrayPool<byte>.Shared.Rent(Math.Max(next, bytes)));
            _used = 0;
        }

        return _arrays[^1].AsMemory(_used);
    }

    /// Keeps the first bytes of what was reserved last.
    public ReadOnlyMemory<byte> Keep(int bytes)
    {
        var kept = _arrays[^1].AsMemory(_used, bytes);
        _used += bytes;
        return kept;
    }

    /// Hands over all arrays, which came from the shared pool, and is empty again.
    public byte[][] Take()
    {
        byte[][] arrays = [.. _arrays];
        _arrays.Clear();
        _used = 0;
        return arrays;
    }
}
