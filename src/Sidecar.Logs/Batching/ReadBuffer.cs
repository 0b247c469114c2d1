using System.Buffers;

namespace Sidecar.Logs.Batching;

/// The bytes of files that a batch is cut from, part behind part. The array goes to the batch, whose messages lie in it.
internal sealed class ReadBuffer
{
    private const int ChunkBytes = 256 * 1024;
    private const int Smallest = 4 * 1024;

    private byte[] _bytes = [];

    public int Length => _bytes.Length;

    public void Rent(long unread) => _bytes = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(unread, Smallest, BatchLimits.MaxBytes));

    /// Only as long as no message lies in it.
    public bool TryGrow(int largest)
    {
        if (_bytes.Length >= largest)
            return false;

        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_bytes.Length * 4, largest));
        _bytes.CopyTo(larger.AsSpan());
        GiveBack();
        _bytes = larger;
        return true;
    }

    /// Reads on in a file. True when it ended first.
    public bool Read(ref FilePart part)
    {
        var chunk = _bytes.AsSpan(part.End);
        chunk = chunk[..Math.Min(chunk.Length, ChunkBytes)];
        var read = part.File.Read(chunk, part.EndOffset);
        part.Filled += read;
        return read < chunk.Length;
    }

    public Span<byte> Span(int start, int length) => _bytes.AsSpan(start, length);

    public ReadOnlyMemory<byte> Memory(int start, int length) => _bytes.AsMemory(start, length);

    /// Hands over the array, which came from the shared pool.
    public byte[] Take()
    {
        var bytes = _bytes;
        _bytes = [];
        return bytes;
    }

    public void GiveBack()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(Take());
    }
}
