namespace Sidecar.Ambassador.Redis;

/// Bytes that wait in pieces, however many: added behind, taken in front. One piece that grows would be twice as much while it is
/// copied, and a large one again. An empty chain holds no memory.
internal sealed class ByteChain(BufferPool pool)
{
    private const int PieceSize = 4 * BufferPool.CommonSize;

    private readonly Queue<byte[]> _full = [];
    private byte[] _last = [];
    private int _start;
    private int _end;

    public int Length { get; private set; }

    /// The first bytes: all that lie in one piece.
    public ReadOnlySpan<byte> First => _full.TryPeek(out byte[]? piece) ? piece.AsSpan(_start) : _last.AsSpan(_start, _end - _start);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_end == _last.Length)
                AddPiece(bytes.Length);
            int count = Math.Min(bytes.Length, _last.Length - _end);
            bytes[..count].CopyTo(_last.AsSpan(_end));
            _end += count;
            Length += count;
            bytes = bytes[count..];
        }
    }

    /// No more than First holds.
    public void Take(int count)
    {
        Length -= count;
        _start += count;
        if (Length == 0)
        {
            Clear();
        }
        else if (_full.TryPeek(out byte[]? piece) && _start == piece.Length)
        {
            pool.Return(_full.Dequeue());
            _start = 0;
        }
    }

    public void Clear()
    {
        while (_full.TryDequeue(out byte[]? piece))
            pool.Return(piece);
        if (_last.Length > 0)
            pool.Return(_last);
        (_last, _start, _end, Length) = ([], 0, 0, 0);
    }

    // Most replies are small, and most clients take them at once.
    private void AddPiece(int size)
    {
        byte[] added = pool.Rent(_last.Length == 0 && size <= BufferPool.CommonSize ? BufferPool.CommonSize : PieceSize);
        if (_last.Length > 0)
            _full.Enqueue(_last);
        (_last, _end) = (added, 0);
    }
}
