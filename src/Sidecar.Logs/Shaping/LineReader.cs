namespace Sidecar.Logs.Shaping;

/// Reads a line from left to right. What does not fit moves it nowhere.
internal ref struct LineReader(ReadOnlySpan<byte> text, int at)
{
    private readonly ReadOnlySpan<byte> _text = text;

    public int At { get; set; } = Math.Min(at, text.Length);

    public readonly bool IsAtEnd => At >= _text.Length;

    public readonly ReadOnlySpan<byte> Rest => _text[At..];

    public readonly byte Next => At < _text.Length ? _text[At] : (byte)0;

    public readonly ReadOnlySpan<byte> Slice(int start, int length) => _text.Slice(start, length);

    public void SkipBlanks()
    {
        while (At < _text.Length && _text[At] is (byte)' ' or (byte)'\t')
            At++;
    }

    public bool TrySkip(ReadOnlySpan<byte> literal)
    {
        if (!Rest.StartsWith(literal))
            return false;

        At += literal.Length;
        return true;
    }

    /// Up to the next blank, or to the end.
    public (int Start, int Length) Word()
    {
        var start = At;
        At += Rest.IndexOfAny((byte)' ', (byte)'\t') is var end and >= 0 ? end : Rest.Length;
        return (start, At - start);
    }

    /// What stands between two brackets of which the first is next.
    public bool TryBracket(byte close, out int start, out int length)
    {
        start = At + 1;
        length = start <= _text.Length ? _text[start..].IndexOf(close) : -1;
        if (length < 0)
            return false;

        At = start + length + 1;
        return true;
    }

    /// A string whose quote is next, without its quotes; backslashes keep what they escape in it.
    public bool TryQuoted(out int start, out int length)
    {
        start = At + 1;
        for (var end = start; end < _text.Length; end++)
        {
            if (_text[end] == '\\')
            {
                end++;
            }
            else if (_text[end] == '"')
            {
                length = end - start;
                At = end + 1;
                return true;
            }
        }

        length = 0;
        return false;
    }
}
