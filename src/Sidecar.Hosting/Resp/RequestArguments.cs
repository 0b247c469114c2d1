namespace Sidecar.Hosting.Resp;

/// Walks the arguments of one complete multibulk request without copying them. The first is the command's name.
public ref struct RequestArguments
{
    private readonly ReadOnlySpan<byte> _frame;
    private int _position;
    private int _left;

    /// `frame` was found complete by a RequestReader, which is why nothing is checked again.
    public RequestArguments(ReadOnlySpan<byte> frame)
    {
        _frame = frame;
        _position = 1;
        _left = ReadNumber();
        Count = Math.Max(_left, 0);
    }

    public int Count { get; }

    public ReadOnlySpan<byte> Current { get; private set; }

    public bool MoveNext()
    {
        if (_left <= 0)
            return false;
        _left--;
        _position++;
        int length = ReadNumber();
        Current = _frame.Slice(_position, length);
        _position += length + 2;
        return true;
    }

    /// Walks to the end.
    public ReadOnlySpan<byte> Last()
    {
        while (MoveNext())
        {
            // Each takes the place of the one before.
        }
        return Current;
    }

    private int ReadNumber()
    {
        int value = 0;
        bool isNegative = false;
        for (; _frame[_position] != '\r'; _position++)
        {
            if (_frame[_position] == '-')
                isNegative = true;
            else
                value = (value * 10) + (_frame[_position] - '0');
        }
        _position += 2;
        return isNegative ? -value : value;
    }
}
