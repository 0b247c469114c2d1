using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// Cuts what a server sends into replies. A small one comes whole, so that it can be looked at, or asked for again after a loss;
/// a large one comes in the parts in which it arrives.
internal sealed class ReplyStream(BufferPool pool)
{
    private const int LargeFrom = 16 * 1024;

    private readonly ByteQueue _held = new(pool);
    private ReplyReader _reader;
    private bool _isHeldPassed;

    public bool IsPush => _reader.IsPush;

    public bool IsError => _reader.IsError;

    /// Parts of the current reply were passed on already.
    public bool IsInLarge { get; private set; }

    /// Takes the next piece off `bytes`: Complete with a whole reply or the last part of one, Incomplete with a part or with nothing.
    public FrameStatus Next(ref ReadOnlySpan<byte> bytes, bool mayComeInParts, out ReadOnlySpan<byte> piece)
    {
        Forget();
        var status = _reader.Read(bytes, out int consumed);
        piece = bytes[..consumed];
        bytes = bytes[consumed..];
        if (IsInLarge || status == FrameStatus.Malformed)
            return status;
        if (status == FrameStatus.Complete && _held.Length == 0)
            return status;

        _held.Append(piece);
        bool isNowLarge = status == FrameStatus.Incomplete && mayComeInParts && _held.Length > LargeFrom;
        IsInLarge |= isNowLarge;
        _isHeldPassed = isNowLarge || status == FrameStatus.Complete;
        piece = _isHeldPassed ? _held.Span : default;
        return status;
    }

    /// The reply that was Complete is dealt with.
    public void EndReply()
    {
        IsInLarge = false;
        Forget();
    }

    public void Reset()
    {
        _reader = default;
        _held.Clear();
        (_isHeldPassed, IsInLarge) = (false, false);
    }

    private void Forget()
    {
        if (_isHeldPassed)
            _held.Clear();
        _isHeldPassed = false;
    }
}
