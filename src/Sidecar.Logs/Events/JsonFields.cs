using System.Buffers;

namespace Sidecar.Logs.Events;

/// Walks over the fields of one JSON object, without its nested ones. It reads what programs write, and is no validator: what
/// is no JSON ends the walk, but not all that is no JSON is noticed.
internal ref struct JsonFields
{
    private static readonly SearchValues<byte> StringEnds = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> Brackets = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",}] \t\r\n"u8);

    private readonly ReadOnlySpan<byte> _text;
    private int _at;
    private int _nameAt;
    private int _nameLength;

    /// The text begins with the object's bracket.
    public JsonFields(ReadOnlySpan<byte> text)
    {
        _text = text;
        _at = 1;
    }

    /// As it is written, without its quotes.
    public readonly ReadOnlySpan<byte> Name => _text.Slice(_nameAt, _nameLength);

    public readonly int NameAt => _nameAt;

    public int ValueAt { get; private set; }

    public int ValueEnd { get; private set; }

    /// As it is written, quotes and brackets included.
    public readonly ReadOnlySpan<byte> Value => _text[ValueAt..ValueEnd];

    public readonly bool IsString => _text[ValueAt] == '"';

    /// As it is written, a string without its quotes.
    public readonly ReadOnlySpan<byte> Text => IsString ? _text[(ValueAt + 1)..(ValueEnd - 1)] : Value;

    /// Whether the walk ended at the object's end and nothing but white space follows.
    public bool IsWhole { get; private set; }

    public bool TryNext()
    {
        SkipWhite();
        if (_at >= _text.Length)
            return false;
        if (_text[_at] == '}')
        {
            _at++;
            SkipWhite();
            IsWhole = _at == _text.Length;
            _at = _text.Length;
            return false;
        }

        if (ValueEnd > 0)
        {
            if (_text[_at] != ',')
                return false;
            _at++;
            SkipWhite();
        }

        _nameAt = _at + 1;
        if (!TrySkipString())
            return false;
        _nameLength = _at - 1 - _nameAt;
        SkipWhite();
        if (_at >= _text.Length || _text[_at] != ':')
            return false;
        _at++;
        SkipWhite();
        ValueAt = _at;
        if (!TrySkipValue())
            return false;

        ValueEnd = _at;
        return true;
    }

    private void SkipWhite()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            _at++;
    }

    private bool TrySkipValue()
    {
        if (_at >= _text.Length)
            return false;

        switch (_text[_at])
        {
            case (byte)'"':
                return TrySkipString();
            case (byte)'{' or (byte)'[':
                return TrySkipNested();
            default:
                var length = _text[_at..].IndexOfAny(ScalarEnds);
                if (length <= 0)
                    return false;
                _at += length;
                return true;
        }
    }

    private bool TrySkipString()
    {
        if (_at >= _text.Length || _text[_at] != '"')
            return false;

        _at++;
        while (true)
        {
            var next = _text[_at..].IndexOfAny(StringEnds);
            if (next < 0)
                return false;
            _at += next + 1;
            if (_text[_at - 1] == '"')
                return true;
            if (_at++ >= _text.Length)
                return false;
        }
    }

    private bool TrySkipNested()
    {
        var depth = 0;
        while (true)
        {
            var next = _text[_at..].IndexOfAny(Brackets);
            if (next < 0)
                return false;
            _at += next;
            switch (_text[_at])
            {
                case (byte)'"':
                    if (!TrySkipString())
                        return false;
                    continue;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                default:
                    depth--;
                    break;
            }

            _at++;
            if (depth == 0)
                return true;
        }
    }
}
