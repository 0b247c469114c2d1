using System.Buffers;

namespace Sidecar.Ambassador.Http.Retries;

/// <summary>
/// A request's body that can be read from its beginning once more, as long as what was taken from it fits the limit. With a limit
/// of nothing it only knows whether anything was taken.
/// </summary>
internal sealed class ReplayBody : PassingStream
{
    private const int FirstBytes = 4096;

    private readonly Stream _inner;
    private readonly int _allowed;
    private readonly int _expected;
    private readonly Lock _lock = new();
    private int _limit;
    private byte[] _kept = [];
    private int _length;
    private int _position;
    private bool _wasRead;
    private bool _isTooLarge;
    private bool _isWhole;

    /// <param name="limit">How much may be kept.</param>
    /// <param name="expected">How much there is, if that is known.</param>
    public ReplayBody(Stream inner, int limit, int expected)
    {
        (_inner, _allowed, _expected) = (inner, limit, expected);
        _limit = limit;
        _isTooLarge = limit == 0;
    }

    /// <summary>Whether another endpoint can get the whole body.</summary>
    public bool CanReplay => !_wasRead || !_isTooLarge;

    /// <summary>More of the body was asked for, and the caller has not sent it.</summary>
    public bool IsWaitingForCaller { get; private set; }

    public override bool CanRead => true;

    /// <summary>All of the body, for a second try beside the first; null when more may come, or it is not kept.</summary>
    public ReadOnlyMemory<byte>? Whole => _isWhole && !_isTooLarge ? _kept.AsMemory(0, _length) : null;

    /// <summary>Keeps what is still read until the try has ended, also beyond the limit: it is about to be read again.</summary>
    /// <returns>False when too much was read before.</returns>
    public bool TryHold()
    {
        lock (_lock)
        {
            if (!CanReplay) return false;
            if (_wasRead) _limit = int.MaxValue;
            return true;
        }
    }

    /// <summary>The next read begins at the beginning. The try before must have ended.</summary>
    public void Rewind() => (_position, _limit) = (0, _allowed);

    /// <summary>Gives back the memory; the request is over.</summary>
    public void Release()
    {
        if (_kept.Length > 0) ArrayPool<byte>.Shared.Return(_kept);
        (_kept, _length, _isTooLarge) = ([], 0, true);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _wasRead = true;
        if (_position < _length)
        {
            var again = Math.Min(buffer.Length, _length - _position);
            _kept.AsSpan(_position, again).CopyTo(buffer.Span);
            _position += again;
            return new ValueTask<int>(again);
        }

        if (!_isTooLarge) return ReadAndKeepAsync(buffer, cancellationToken);
        var read = _inner.ReadAsync(buffer, cancellationToken);
        return read.IsCompleted ? read : WaitAsync(read);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> read)
    {
        IsWaitingForCaller = true;
        var count = await read;
        IsWaitingForCaller = false;
        return count;
    }

    private async ValueTask<int> ReadAndKeepAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var read = await WaitAsync(_inner.ReadAsync(buffer, cancellation));
        _isWhole = read == 0 && buffer.Length > 0;
        lock (_lock)
        {
            if (_length + read > _limit)
            {
                Release();
                return read;
            }
        }

        if (_length + read > _kept.Length) Grow(_length + read);
        buffer.Span[..read].CopyTo(_kept.AsSpan(_length));
        _position = _length += read;
        return read;
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(Math.Max(FirstBytes, _expected), 2 * _kept.Length)));
        _kept.AsSpan(0, _length).CopyTo(larger);
        if (_kept.Length > 0) ArrayPool<byte>.Shared.Return(_kept);
        _kept = larger;
    }
}
