namespace Sidecar.Ambassador.Redis;

/// Bytes that wait in one piece of memory: added behind, taken in front. An empty queue holds no memory.
internal sealed class ByteQueue(BufferPool pool)
{
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public int Length => _end - _start;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, _end - _start);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _end += bytes.Length;
    }

    /// At least so many bytes of free room behind the last byte; Added says how many of them were filled.
    public Span<byte> Room(int size)
    {
        if (_bytes.Length - _end < size)
            MakeRoom(size);
        return _bytes.AsSpan(_end);
    }

    public void Added(int count) => _end += count;

    public void Take(int count)
    {
        _start += count;
        if (_start == _end)
            Clear();
    }

    public void Clear()
    {
        _start = _end = 0;
        if (_bytes.Length == 0)
            return;
        pool.Return(_bytes);
        _bytes = [];
    }

    private void MakeRoom(int size)
    {
        int length = Length;
        if (_start > 0 && _bytes.Length - length >= size && length <= _bytes.Length / 2)
        {
            Span.CopyTo(_bytes);
        }
        else
        {
            byte[] larger = pool.Rent(length + Math.Max(size, length));
            Span.CopyTo(larger);
            if (_bytes.Length > 0)
                pool.Return(_bytes);
            _bytes = larger;
        }
        (_start, _end) = (0, length);
    }
}
