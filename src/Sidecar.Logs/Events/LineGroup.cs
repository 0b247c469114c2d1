namespace Sidecar.Logs.Events;

/// Tells which lines carry on the event that a line began: indented ones, the joints of stack traces, what a joint announces, and,
/// where free text is permitted, whatever does not begin an event by its looks. A log whose lines are all indented is not one event.
internal struct LineGroup
{
    private const int MostBannerIndent = 2;

    private readonly LineKind _first;
    private readonly int _indent;
    private readonly bool _isWithinTrace;

    // Ends with a colon: the next line is what it speaks of.
    private readonly bool _announces;
    private bool _isChained;
    private bool _isWithinTraceback;
    private bool _isAfterCaret;
    private bool _isGo;
    private bool _mayClose;
    private int _lines = 1;

    public LineGroup(ReadOnlySpan<byte> firstLine, LineKind kind)
    {
        _first = kind;
        _indent = kind == LineKind.Indented ? IndentOf(firstLine) : 0;
        _isWithinTrace = kind == LineKind.Indented && TraceLine.IsFrame(firstLine);
        _announces = firstLine[^1] == ':';
        _mayClose = firstLine[^1] is (byte)'{' or (byte)'[' or (byte)'(';
        Follow(firstLine, kind);
    }

    /// Whether the second line can't carry on an event that the first began, whatever they hold.
    public static bool StandsAlone(LineKind first, LineKind second) => second switch
    {
        LineKind.Time or LineKind.TwoLineHead or LineKind.Json => true,
        LineKind.Level => first != LineKind.TwoLineHead,
        LineKind.Loose => first == LineKind.Loose,
        _ => false,
    };

    private readonly bool HasStart => _first is LineKind.Time or LineKind.TwoLineHead or LineKind.Level or LineKind.Json;

    /// Whether the line carries on the event. Across means that it begins the next file: free text there is a banner.
    public bool TryAdd(ReadOnlySpan<byte> line, LineKind kind, bool permitsLoose, bool isAcross = false)
    {
        if (!Carries(line, kind, permitsLoose && HasStart && !isAcross) || (isAcross && kind == LineKind.Indented && !IsWithinIndented(line)))
            return false;

        _lines++;
        Follow(line, kind);
        return true;
    }

    private readonly bool Carries(ReadOnlySpan<byte> line, LineKind kind, bool permitsLoose) => kind switch
    {
        LineKind.Time or LineKind.TwoLineHead or LineKind.Json => false,
        LineKind.Level => _first == LineKind.TwoLineHead && _lines == 1,
        LineKind.Indented => _indent == 0 || _isWithinTrace || IndentOf(line) > _indent || TraceLine.IsFrame(line),
        LineKind.Joint => true,
        LineKind.Closer => permitsLoose || _mayClose,
        LineKind.Call => permitsLoose || _isGo || IsExpected(line),
        LineKind.Exception => permitsLoose || HasStart || (_announces && _lines == 1) || _isChained || IsExpected(line) || (_isGo && TraceLine.IsGoroutine(line)),
        _ => permitsLoose || IsExpected(line) || (_isGo && IsRegister(line)),
    };

    /// What a banner is drawn with is not indented far.
    private static bool IsWithinIndented(ReadOnlySpan<byte> line) =>
        line[0] == '\t' || IndentOf(line) > MostBannerIndent || TraceLine.IsFrame(line);

    /// The error that the line before points at, or the last line of a Python traceback, whose others are indented.
    private readonly bool IsExpected(ReadOnlySpan<byte> line) => _isAfterCaret || (_isWithinTraceback && TraceLine.EndsTraceback(line));

    private void Follow(ReadOnlySpan<byte> line, LineKind kind)
    {
        if (kind == LineKind.Indented)
        {
            _mayClose = true;
            _isAfterCaret = TraceLine.IsCaret(line);
            _isWithinTraceback |= _lines == 1 && TraceLine.IsPythonFrame(line);
            return;
        }

        _isAfterCaret = false;
        _isChained = kind == LineKind.Joint && TraceLine.IsPythonChain(line);
        _isWithinTraceback = kind == LineKind.Exception && TraceLine.IsTraceback(line);
        _isGo |= kind == LineKind.Exception && (TraceLine.IsGoPanic(line) || TraceLine.IsGoroutine(line));
    }

    /// `rip    0x45e1a1`, at the end of a crash's dump.
    private static bool IsRegister(ReadOnlySpan<byte> line) => line.Length < 40 && line.IndexOf(" 0x"u8) > 0;

    private static int IndentOf(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t') is var indent and >= 0 ? indent : line.Length;
}
