namespace Sidecar.Logs.Events;

/// Cuts bytes of one file into events: at newlines, or, when lines are grouped, before each line that does not carry on the one
/// before it. Empty lines are no events. A line that is longer than allowed comes out in pieces of whole characters.
internal ref struct EventCutter(ReadOnlySpan<byte> bytes, int maxLength, bool groups, Finality finality)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private Line _peeked = new(-1, 0, 0, 0, false);

    /// Up to here everything was handed out, or is an empty line.
    public int Consumed { get; private set; }

    /// Whether the last call found nothing because the bytes end within a line, rather than after one that may go on.
    public bool IsWithinLine { get; private set; }

    /// The next whole event; false when it needs more bytes to tell where it ends.
    public bool TryNext(out CutEvent cut)
    {
        while (TryPeek(Consumed, out var first))
        {
            if (first.IsEmpty)
            {
                Consumed = first.Next;
                continue;
            }

            var last = first;
            if (groups && !first.IsCut && !TryGroup(first, ref last))
                break;

            cut = new CutEvent(first.From, last.To - first.From, last.Next, first.IsCut);
            Consumed = last.Next;
            return true;
        }

        cut = default;
        return false;
    }

    /// Hands out only so much of the event that was just cut; the rest becomes the next one.
    public CutEvent Shorten(CutEvent cut, int length)
    {
        length = WholeCharacters(_bytes.Slice(cut.From, cut.Length), length);
        Consumed = cut.From + length;
        return new CutEvent(cut.From, length, Consumed, IsPiece: true);
    }

    /// The largest length up to max that cuts no character in two.
    private static int WholeCharacters(ReadOnlySpan<byte> bytes, int max)
    {
        if (bytes.Length <= max)
            return bytes.Length;

        // A character has at most three continuation bytes; where there are more it is no UTF-8, and any place is as good.
        for (var length = max; length > max - 4 && length > 0; length--)
        {
            if ((bytes[length] & 0xC0) != 0x80)
                return length;
        }

        return max;
    }

    /// A writer that does not append leaves a hole of zeros where its file was truncated.
    private static int LeadingZeros(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != 0)
            return 0;

        var first = line.IndexOfAnyExcept((byte)0);
        return first < 0 ? line.Length : first;
    }

    /// Takes in the lines that carry on the first. False when the bytes end before one that does not.
    private bool TryGroup(Line first, ref Line last)
    {
        var group = new LineGroup(_bytes[first.From..first.To]);
        var at = first.Next;
        while (TryPeek(at, out var line))
        {
            at = line.Next;
            // Empty lines belong to the event only when a line that carries it on follows.
            if (line.IsEmpty)
                continue;
            if (line.IsCut || line.To - first.From > maxLength || !group.TryAdd(_bytes[line.From..line.To]))
                return true;
            last = line;
        }

        // What is as long as an event can be is not going to get longer.
        IsWithinLine = false;
        return finality != Finality.None || _bytes.Length - first.From > maxLength;
    }

    private bool TryPeek(int start, out Line line)
    {
        line = _peeked;
        if (line.Start == start)
            return true;

        var rest = _bytes[start..];
        var newline = rest.IndexOf((byte)'\n');
        var length = newline < 0 ? rest.Length : newline;
        var zeros = LeadingZeros(rest[..length]);
        if (zeros > 0 && newline < 0)
        {
            line = _peeked = new Line(start, start + zeros, start + zeros, start + zeros, IsCut: false);
            return true;
        }

        var isWhole = newline >= 0 || (length > 0 && finality == Finality.Line);
        var text = rest[zeros..length];
        var trimmed = text.EndsWith("\r"u8) ? text[..^1] : text;
        // Without its newline, the one byte too much may still turn out to be the carriage return before it.
        if (isWhole ? trimmed.Length > maxLength : text.Length > maxLength + 1)
        {
            var to = start + zeros + WholeCharacters(text, maxLength);
            line = new Line(start, start + zeros, to, to, IsCut: true);
        }
        else if (isWhole)
        {
            line = new Line(start, start + zeros, start + zeros + trimmed.Length, start + length + (newline < 0 ? 0 : 1), IsCut: false);
        }
        else
        {
            IsWithinLine = length > 0;
            return false;
        }

        _peeked = line;
        return true;
    }

    /// Where a line begins, its text lies, and the next one begins; cut when the text goes on in the next one.
    private readonly record struct Line(int Start, int From, int To, int Next, bool IsCut)
    {
        public bool IsEmpty => From == To;
    }
}
