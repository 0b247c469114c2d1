using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Events;

/// Cuts bytes of one file, from a place on, into events: at newlines, or, when lines are grouped, before each line that does not
/// carry on the one before it. Empty lines and the byte-order mark are no events. A line that is longer than an event may be comes
/// out in pieces of whole characters that leave room for their marks. The bytes of the file that follows may stand behind.
internal ref struct EventCutter(ReadOnlySpan<byte> bytes, CutPlace place, int maxLength, Multiline lines, Finality finality, int nextFile = int.MaxValue)
{
    private const int HeadBytes = 1024;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _unit = CodeUnits.SizeOf(place.Encoding);
    private readonly bool _groups = lines.Groups;
    private Line _peeked = new(-1, 0, 0, 0, false);
    private LineTally _tally = place.Tally;
    private Span<byte> _head;

    // Where a line goes on that was cut.
    private int _continuedAt = place.IsWithinLine ? 0 : -1;

    /// Up to here everything was handed out, or is an empty line.
    public int Consumed { get; private set; }

    /// Whether the last call found nothing because the bytes end within a line, rather than after one that may go on.
    public bool IsWithinLine { get; private set; }

    /// What the lines that were handed out looked like, and those before.
    public readonly LineTally Tally => _tally;

    public readonly TextEncoding Encoding => place.Encoding;

    /// Where in the file a byte of what is cut lies.
    public readonly long OffsetOf(int position) => place.Offset + position;

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
            if (_groups && !TryGroup(first, ref last))
                break;

            cut = new CutEvent(first.From, last.To - first.From, last.Next, first.IsCut, first.Start == _continuedAt);
            Consumed = last.Next;
            if (first.IsCut)
                _continuedAt = Consumed;
            return true;
        }

        cut = default;
        return false;
    }

    /// Hands out only so much of the event that was just cut, or less so that no line is cut that need not be; the rest is the next one.
    public CutEvent Shorten(CutEvent cut, int length)
    {
        var text = _bytes.Slice(cut.From, CodeUnits.WholeCharacters(_bytes.Slice(cut.From, cut.Length), length, place.Encoding));
        if (CodeUnits.LastIndexOfNewline(text, place.Encoding) is var newline and > 0)
        {
            Consumed = cut.From + newline + _unit;
            return cut with { Length = CodeUnits.WithoutReturn(text[..newline], place.Encoding).Length, End = Consumed, GoesOn = false };
        }

        _continuedAt = Consumed = cut.From + text.Length;
        return cut with { Length = text.Length, End = Consumed, GoesOn = true };
    }

    /// Takes in the lines that carry on the first. False when the bytes end before one that does not.
    private bool TryGroup(Line first, ref Line last)
    {
        var tally = Count(_tally, first);
        if (first.IsCut)
        {
            _tally = tally;
            return true;
        }

        // Most events are one line, and what follows says so by itself.
        if (TryPeek(first.Next, out var next) && LineGroup.StandsAlone(first.Kind, next.Kind) && !next.IsEmpty)
        {
            _tally = tally;
            return true;
        }

        var group = new LineGroup(TextOf(first), first.Kind);
        var at = first.Next;
        while (TryPeek(at, out var line))
        {
            at = line.Next;
            // Empty lines belong to the event only when a line that carries it on follows.
            if (line.IsEmpty)
                continue;
            if (line.IsCut || line.To - first.From > MaxRaw || !group.TryAdd(TextOf(line), line.Kind, lines.Learns && tally.PermitsLoose, isAcross: line.Start >= nextFile && last.Start < nextFile))
            {
                _tally = tally;
                return true;
            }

            tally = Count(tally, line);
            last = line;
        }

        // What is as long as an event can be is not going to get longer.
        IsWithinLine = false;
        if (finality == Finality.None && _bytes.Length - first.From <= MaxRaw)
            return false;

        _tally = tally;
        return true;
    }

    private readonly LineTally Count(LineTally tally, Line line) => line.Kind switch
    {
        LineKind.Time or LineKind.TwoLineHead or LineKind.Level or LineKind.Json => tally.AddStart(OffsetOf(line.Start)),
        LineKind.Loose when line.Start != _continuedAt => tally.AddLoose(OffsetOf(line.Start)),
        _ => tally,
    };

    private LineKind KindOf(Line line)
    {
        if (!_groups || line.IsEmpty || line.Start == _continuedAt)
            return LineKind.Loose;

        var text = TextOf(line);
        if (lines.Start?.IsMatch(text) is { } isStart)
            return isStart ? LineKind.Time : LineKind.Joint;
        return LineStart.Of(text) is var kind && kind != LineKind.Loose ? kind : TraceLine.Of(text, lines.Traces);
    }

    /// A line as its kind is told from: of UTF-16 only the head, re-encoded.
    private ReadOnlySpan<byte> TextOf(Line line)
    {
        var text = _bytes[line.From..line.To];
        if (_unit == 1)
            return text;

        if (_head.IsEmpty)
            _head = new byte[HeadBytes];
        Transcoder.ToUtf8(place.Encoding, text[..Math.Min(text.Length, HeadBytes)], _head, out _, out var length);
        return _head[..length];
    }

    private readonly int MaxRaw => maxLength * _unit;

    private bool TryPeek(int start, out Line line)
    {
        line = _peeked;
        if (line.Start == start)
            return true;

        var rest = _bytes[start..];
        var head = HeadOf(rest, start);
        var newline = CodeUnits.IndexOfNewline(rest[head..], place.Encoding);
        var length = newline < 0 ? rest.Length : head + newline;
        if (head > 0 && newline < 0 && head == rest.Length)
        {
            line = _peeked = new Line(start, start + head, start + head, start + head, IsCut: false);
            return true;
        }

        var isWhole = newline >= 0 || (length > 0 && finality == Finality.Line);
        var text = rest[head..length];
        var trimmed = CodeUnits.WithoutReturn(text, place.Encoding);
        var max = MaxRaw - (start == _continuedAt ? PieceMark.MaxBytes * _unit : 0);
        // Without its newline, the one character too much may still turn out to be the carriage return before it.
        if (isWhole ? trimmed.Length > max : text.Length > max + _unit)
        {
            var to = start + head + CodeUnits.WholeCharacters(text, max - (PieceMark.MaxBytes * _unit), place.Encoding);
            line = new Line(start, start + head, to, to, IsCut: true);
        }
        else if (isWhole)
        {
            var next = start + length + (newline < 0 ? 0 : _unit);
            line = new Line(start, start + head, start + head + trimmed.Length, next, IsCut: false);
        }
        else
        {
            IsWithinLine = length > 0;
            return false;
        }

        _peeked = line = line with { Kind = KindOf(line) };
        return true;
    }

    /// The byte-order mark, or half a unit that was left of text that ended in the middle of one.
    private readonly int HeadOf(ReadOnlySpan<byte> rest, int start)
    {
        var offset = place.Offset + start;
        if (offset == 0)
            return CodeUnits.ByteOrderMark(rest, place.Encoding);
        return _unit == 2 && (offset & 1) != 0 ? Math.Min(1, rest.Length) : 0;
    }

    /// Where a line begins, its text lies, and the next one begins; cut when the text goes on in the next one.
    private readonly record struct Line(int Start, int From, int To, int Next, bool IsCut)
    {
        public LineKind Kind { get; init; }

        public bool IsEmpty => From == To;
    }
}
