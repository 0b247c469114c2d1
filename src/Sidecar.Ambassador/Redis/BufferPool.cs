using System.Buffers;

namespace Sidecar.Ambassador.Redis;

/// Buffers of one loop, which is why nothing is locked. The common size is kept at hand, larger ones come from the shared pool.
internal sealed class BufferPool
{
    public const int CommonSize = 16 * 1024;

    private const int MaxKept = 64;

    private readonly Stack<byte[]> _kept = new(MaxKept);

    /// Bytes that are in use now.
    public long Rented { get; private set; }

    public long MostRented { get; private set; }

    public byte[] Rent(int size)
    {
        byte[] buffer = Find(size);
        Rented += buffer.Length;
        MostRented = Math.Max(MostRented, Rented);
        return buffer;
    }

    public void Return(byte[] buffer)
    {
        Rented -= buffer.Length;
        if (buffer.Length > CommonSize)
            ArrayPool<byte>.Shared.Return(buffer);
        else if (buffer.Length == CommonSize && _kept.Count < MaxKept)
            _kept.Push(buffer);
    }

    private byte[] Find(int size)
    {
        if (size > CommonSize)
            return ArrayPool<byte>.Shared.Rent(size);
        return _kept.TryPop(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(CommonSize);
    }
}
