namespace Sidecar.Hosting.Resp;

/// Finds where each reply of a Redis server ends, RESP2 or RESP3, whatever pieces it arrives in. It holds no bytes, never looks at
/// one twice, and counts open elements instead of stacking them, so nesting costs nothing however deep it goes.
public struct ReplyReader
{
    private const long MaxElements = long.MaxValue / 4;

    private Part _part;
    private RespNumber _number;
    private byte _type;
    private long _elementsLeft;
    private long _payloadLeft;
    private bool _isInFrame;

    private enum Part : byte
    {
        Type, Line, LineEnd, Number, NumberEnd, Payload, PayloadReturn, PayloadEnd, Broken,
    }

    /// The first byte of the current reply, or of the one just completed: '+', '-', ':', '$', '*', ... or '>' for a push message.
    public byte Kind { get; private set; }

    public bool IsPush => Kind == (byte)'>';

    public bool IsError => Kind == (byte)'-';

    /// How many bytes of the current reply, or of the one just completed, were consumed.
    public long FrameLength { get; private set; }

    /// Consumes bytes up to the end of the current reply. After Complete the next call begins the next reply.
    public FrameStatus Read(ReadOnlySpan<byte> bytes, out int consumed)
    {
        int position = 0;
        var status = FrameStatus.Incomplete;
        while (position < bytes.Length && status == FrameStatus.Incomplete)
        {
            if (_part == Part.Payload)
            {
                long taken = Math.Min(_payloadLeft, bytes.Length - position);
                position += (int)taken;
                _payloadLeft -= taken;
                if (_payloadLeft == 0)
                    _part = Part.PayloadReturn;
            }
            else if (_part == Part.Line)
            {
                int end = bytes[position..].IndexOf((byte)'\r');
                position = end < 0 ? bytes.Length : position + end + 1;
                if (end >= 0)
                    _part = Part.LineEnd;
            }
            else
            {
                status = Take(bytes[position]);
                if (status != FrameStatus.Malformed)
                    position++;
            }
        }
        consumed = position;
        FrameLength += position;
        return status;
    }

    private FrameStatus Take(byte next)
    {
        switch (_part)
        {
            case Part.Type:
                return Begin(next);
            case Part.LineEnd:
                return next == '\n' ? EndElement() : Break();
            case Part.Number:
                if (next == '\r')
                    _part = Part.NumberEnd;
                else if (_number.Length >= 20)
                    return Break();
                else
                    _number.Take(next);
                return FrameStatus.Incomplete;
            case Part.NumberEnd:
                return next == '\n' && _number.TryGet(out long count) ? Open(count) : Break();
            case Part.PayloadReturn:
                _part = Part.PayloadEnd;
                return next == '\r' ? FrameStatus.Incomplete : Break();
            case Part.PayloadEnd:
                return next == '\n' ? EndElement() : Break();
            default:
                return FrameStatus.Malformed;
        }
    }

    private FrameStatus Begin(byte type)
    {
        if (!_isInFrame)
        {
            _isInFrame = true;
            _elementsLeft = 1;
            FrameLength = 0;
            Kind = type;
        }
        _type = type;
        switch (type)
        {
            case (byte)'+' or (byte)'-' or (byte)':' or (byte)'_' or (byte)'#' or (byte)',' or (byte)'(':
                _part = Part.Line;
                return FrameStatus.Incomplete;
            case (byte)'$' or (byte)'=' or (byte)'!' or (byte)'*' or (byte)'~' or (byte)'>' or (byte)'%' or (byte)'|':
                _part = Part.Number;
                _number = default;
                return FrameStatus.Incomplete;
            default:
                return Break();
        }
    }

    // Called behind "<type><count>\r\n". Streamed types ("$?") fall out before, as Redis never sends one.
    private FrameStatus Open(long count)
    {
        bool isBlob = _type is (byte)'$' or (byte)'=' or (byte)'!';
        if (count < -1 || (count == -1 && _type is not ((byte)'$' or (byte)'*')))
            return Break();
        if (count == -1)
            return EndElement();
        if (isBlob)
        {
            _payloadLeft = count;
            _part = count == 0 ? Part.PayloadReturn : Part.Payload;
            return FrameStatus.Incomplete;
        }

        long children = _type is (byte)'%' or (byte)'|' ? count * 2 : count;
        if (count > MaxElements || _elementsLeft > MaxElements)
            return Break();
        _elementsLeft += children;
        // An attribute stands before the reply it belongs to and is none itself.
        if (_type == (byte)'|')
            _elementsLeft++;
        return EndElement();
    }

    private FrameStatus EndElement()
    {
        _part = Part.Type;
        if (--_elementsLeft > 0)
            return FrameStatus.Incomplete;
        _isInFrame = false;
        return FrameStatus.Complete;
    }

    private FrameStatus Break()
    {
        _part = Part.Broken;
        return FrameStatus.Malformed;
    }
}
