namespace Sidecar.Ambassador.Http.WebSockets;

/// <summary>Knows where in a stream of WebSocket frames (RFC 6455, section 5.2) one ends and the next begins.</summary>
internal struct FrameBoundary
{
    private int _headerTaken;
    private int _lengthBytes;
    private int _maskBytes;
    private ulong _payloadLeft;

    /// <summary>The next byte begins a frame.</summary>
    public bool IsBetweenFrames { get; private set; } = true;

    public FrameBoundary()
    {
    }

    /// <summary>Takes bytes until a frame ends.</summary>
    /// <returns>How many were taken: all, or those up to the end of a frame.</returns>
    public int TakeToEndOfFrame(ReadOnlySpan<byte> bytes)
    {
        for (var taken = 0; taken < bytes.Length;)
        {
            if (IsBetweenFrames) (IsBetweenFrames, _headerTaken, _payloadLeft) = (false, 0, 0);
            if (IsInHeader)
            {
                TakeOfHeader(bytes[taken++]);
            }
            else
            {
                var payload = (int)Math.Min(_payloadLeft, (ulong)(bytes.Length - taken));
                taken += payload;
                _payloadLeft -= (ulong)payload;
            }

            if (IsInHeader || _payloadLeft > 0) continue;
            IsBetweenFrames = true;
            return taken;
        }

        return bytes.Length;
    }

    private readonly bool IsInHeader => _headerTaken < 2 || _headerTaken < 2 + _lengthBytes + _maskBytes;

    private void TakeOfHeader(byte value)
    {
        if (_headerTaken == 1)
        {
            var length = value & 0x7f;
            _lengthBytes = length switch { 126 => 2, 127 => 8, _ => 0 };
            _maskBytes = (value & 0x80) == 0 ? 0 : 4;
            if (_lengthBytes == 0) _payloadLeft = (ulong)length;
        }
        else if (_headerTaken >= 2 && _headerTaken < 2 + _lengthBytes)
        {
            _payloadLeft = (_payloadLeft << 8) | value;
        }

        _headerTaken++;
    }
}
