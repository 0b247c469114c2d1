using System.Text;

namespace Sidecar.Hosting.Resp;

/// Finds where each request of a client ends, whatever pieces it arrives in. It holds no bytes and never looks at one twice,
/// so a request of any size can be passed on while it arrives. What it refuses, it refuses in Redis's own words.
public struct RequestReader
{
    /// Redis's limit for an inline request and for each line of a request.
    public const int MaxLine = 64 * 1024;

    /// Redis's proto-max-bulk-len as it comes.
    public const long DefaultMaxBulk = 512L * 1024 * 1024;

    /// Redis 7.0 and later; before that it was 1024*1024.
    private const long MaxArguments = int.MaxValue;

    private readonly long _maxBulk;
    private Part _part;
    private RespNumber _number;
    private long _argumentsLeft;
    private long _payloadLeft;
    private int _lineLength;
    private string _tooBig = "";
    private string? _fault;
    private byte _culprit;

    public RequestReader(long maxBulk) => _maxBulk = maxBulk;

    private enum Part : byte
    {
        Start, Count, CountEnd, Dollar, Length, LengthEnd, Payload, Inline, Endless, Broken,
    }

    /// Whether the current request, or the one just completed, came as a plain line.
    public bool IsInline { get; private set; }

    /// How many bytes of the current request, or of the one just completed, were consumed.
    public long FrameLength { get; private set; }

    /// How many arguments a multibulk request announced: 0 or less gets no reply from Redis.
    public long ArgumentCount { get; private set; }

    /// Consumes bytes up to the end of the current request. After Complete the next call begins the next request.
    public FrameStatus Read(ReadOnlySpan<byte> bytes, out int consumed)
    {
        int position = 0;
        while (position < bytes.Length)
        {
            if (_part == Part.Payload)
            {
                long taken = Math.Min(_payloadLeft, bytes.Length - position);
                position += (int)taken;
                FrameLength += taken;
                _payloadLeft -= taken;
                if (_payloadLeft == 0 && EndArgument())
                    return Stop(FrameStatus.Complete, position, out consumed);
                continue;
            }
            var status = Take(bytes[position]);
            if (status == FrameStatus.Malformed)
                return Stop(status, position, out consumed);
            position++;
            if (status == FrameStatus.Complete)
                return Stop(status, position, out consumed);
        }
        return Stop(FrameStatus.Incomplete, position, out consumed);
    }

    /// The reply that Redis gives before it closes the connection.
    public readonly byte[] ErrorReply()
    {
        if (_fault is null)
            throw new InvalidOperationException("nothing was malformed");

        byte[] reply = Encoding.Latin1.GetBytes($"-ERR Protocol error: {_fault}\r\n");
        int mark = Array.IndexOf(reply, (byte)'~');
        if (mark >= 0)
            reply[mark] = _culprit is (byte)'\r' or (byte)'\n' ? (byte)' ' : _culprit;
        return reply;
    }

    private static FrameStatus Stop(FrameStatus status, int position, out int consumed)
    {
        consumed = position;
        return status;
    }

    private FrameStatus Take(byte next)
    {
        switch (_part)
        {
            case Part.Start:
                Begin(next);
                return next == '\n' ? EndRequest() : FrameStatus.Incomplete;
            case Part.Inline:
                return TakeInline(next);
            case Part.Endless:
                return TakeEndless();
            case Part.Count:
                return TakeLine(next, Part.CountEnd, "too big mbulk count string");
            case Part.CountEnd:
                // Redis skips the byte behind the carriage return without a look.
                FrameLength++;
                return EndCount();
            case Part.Dollar:
                if (next != '$')
                    return Refuse("expected '$', got '~'", next);
                _part = Part.Length;
                _number = default;
                _lineLength = 0;
                FrameLength++;
                return FrameStatus.Incomplete;
            case Part.Length:
                return TakeLine(next, Part.LengthEnd, "too big bulk count string");
            case Part.LengthEnd:
                FrameLength++;
                return EndLength();
            default:
                return FrameStatus.Malformed;
        }
    }

    private void Begin(byte first)
    {
        IsInline = first != '*';
        FrameLength = 1;
        ArgumentCount = 0;
        _part = IsInline ? Part.Inline : Part.Count;
        _number = default;
        _lineLength = 0;
        if (first == 0)
            _ = LoseEnd("too big inline request");
    }

    // Redis looks for the end of a line as C looks for it in a string: never behind a zero byte.
    private FrameStatus LoseEnd(string tooBig)
    {
        _part = Part.Endless;
        _tooBig = tooBig;
        return FrameStatus.Incomplete;
    }

    private FrameStatus TakeEndless()
    {
        if (++_lineLength > MaxLine)
            return Refuse(_tooBig);
        FrameLength++;
        return FrameStatus.Incomplete;
    }

    private FrameStatus TakeInline(byte next)
    {
        if (next == '\n')
        {
            FrameLength++;
            return EndRequest();
        }
        if (FrameLength > MaxLine)
            return Refuse("too big inline request");
        FrameLength++;
        _lineLength++;
        return next == 0 ? LoseEnd("too big inline request") : FrameStatus.Incomplete;
    }

    private FrameStatus TakeLine(byte next, Part end, string tooBig)
    {
        FrameLength++;
        if (next == '\r')
        {
            _part = end;
            return FrameStatus.Incomplete;
        }
        if (++_lineLength > MaxLine)
            return Refuse(tooBig);
        if (next == 0)
            return LoseEnd(tooBig);
        _number.Take(next);
        return FrameStatus.Incomplete;
    }

    private FrameStatus EndCount()
    {
        if (!_number.TryGet(out long count) || count > MaxArguments)
            return Refuse("invalid multibulk length");
        ArgumentCount = count;
        if (count <= 0)
            return EndRequest();
        _argumentsLeft = count;
        _part = Part.Dollar;
        return FrameStatus.Incomplete;
    }

    private FrameStatus EndLength()
    {
        long limit = _maxBulk > 0 ? _maxBulk : DefaultMaxBulk;
        if (!_number.TryGet(out long length) || length < 0 || length > limit)
            return Refuse("invalid bulk length");
        // Redis skips the two bytes behind the payload without a look.
        _payloadLeft = length + 2;
        _part = Part.Payload;
        return FrameStatus.Incomplete;
    }

    private bool EndArgument()
    {
        if (--_argumentsLeft == 0)
        {
            _part = Part.Start;
            return true;
        }
        _part = Part.Dollar;
        return false;
    }

    private FrameStatus EndRequest()
    {
        _part = Part.Start;
        return FrameStatus.Complete;
    }

    private FrameStatus Refuse(string fault, byte culprit = 0)
    {
        _fault = fault;
        _culprit = culprit;
        _part = Part.Broken;
        return FrameStatus.Malformed;
    }
}
