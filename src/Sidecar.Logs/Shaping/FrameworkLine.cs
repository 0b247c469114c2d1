namespace Sidecar.Logs.Shaping;

/// The lines of log4j, logback with Spring Boot, Python's logging and .NET's loggers: time, level, thread and logger in any of the
/// orders that they are used in, in brackets or parted by dashes, colons and bars, and then the message, to the event's end.
internal ref struct FrameworkLine
{
    private const int MostTokens = 16;
    private const int MostBootBrackets = 3;

    private readonly LineFormat _format;
    private readonly FieldList _fields;
    private readonly int _end;
    private LineReader _reader;
    private bool _hasLevel;
    private bool _hasLogger;

    // What stands in the brackets behind Spring Boot's dashes: an application, a thread, a trace, of which only the thread is always there.
    private bool _isBoot;
    private int _bootBrackets;
    private (int Start, int Length) _boot0;
    private (int Start, int Length) _boot1;

    private FrameworkLine(ReadOnlySpan<byte> header, int at, int end, LineFormat format, FieldList fields)
    {
        _reader = new LineReader(header, at);
        _end = end;
        _format = format;
        _fields = fields;
    }

    /// TimeEnd is where the time ends that was found in the message, or 0. False when it is no such line; a line has a level.
    public static bool TryRead(ReadOnlySpan<byte> message, int timeEnd, LineFormat format, FieldList fields)
    {
        var newline = message.IndexOf((byte)'\n');
        var header = (newline < 0 ? message : message[..newline]).TrimEnd((byte)'\r');
        var line = new FrameworkLine(header, 0, message.Length, format, fields);
        line.TakeFirstLevel();
        if (timeEnd > 0)
            line._reader.At = Math.Min(timeEnd, header.Length);
        while (line._reader.Next is (byte)']' or (byte)')' or (byte)'"')
            line._reader.At++;
        return line.TryTokens(message);
    }

    private void TakeFirstLevel()
    {
        var length = 0;
        while (length < _reader.Rest.Length && char.IsAsciiLetter((char)_reader.Rest[length]))
            length++;
        if (length == _reader.Rest.Length || _reader.Rest[length] is not ((byte)' ' or (byte)':' or (byte)'['))
            return;

        if (TryLevel(_reader.Rest[..length]))
            _reader.At = length;
    }

    private bool TryTokens(ReadOnlySpan<byte> message)
    {
        if (_format == LineFormat.Python && _hasLevel && TryBasicConfig())
            return true;

        for (var tokens = 0; tokens < MostTokens && !_reader.IsAtEnd; tokens++)
        {
            _reader.SkipBlanks();
            var before = _reader.At;
            if (TrySeparator(out var isMessage))
            {
                if (isMessage)
                    return Finish(_reader.At);
            }
            else if (_reader.Next is (byte)'[' or (byte)'(' && _reader.TryBracket(_reader.Next == '[' ? (byte)']' : (byte)')', out var start, out var length))
            {
                TakeBracket(start, length);
            }
            else if (!TryWord(out isMessage))
            {
                return Finish(before);
            }
            else if (isMessage)
            {
                return Finish(_reader.At);
            }
        }

        // .NET's console writes the message on the next line.
        var next = message.IndexOf((byte)'\n');
        return Finish(_reader.IsAtEnd && next >= 0 ? message.Length - message[(next + 1)..].TrimStart(" \t"u8).Length : _reader.At);
    }

    /// `ERROR:root:text`
    private bool TryBasicConfig()
    {
        var rest = _reader.Rest;
        if (rest.Length < 2 || rest[0] != ':' || rest[1] is (byte)' ')
            return false;

        var colon = rest[1..].IndexOf((byte)':');
        if (colon < 1 || rest[1..(colon + 1)].Contains((byte)' '))
            return false;

        _fields.Add(FieldName.Logger, _reader.At + 1, colon);
        return Finish(_reader.At + colon + 2);
    }

    private bool TrySeparator(out bool isMessage)
    {
        isMessage = false;
        if (_reader.TrySkip("--- "u8))
        {
            _isBoot = true;
            return true;
        }

        if (_reader.Next == '|')
        {
            _reader.At++;
            isMessage = _hasLevel && _hasLogger;
            return true;
        }

        if (!_reader.TrySkip("-- "u8) && !_reader.TrySkip("- "u8) && !_reader.TrySkip(": "u8) && !_reader.TrySkip(", "u8))
            return false;
        isMessage = _hasLevel && (_hasLogger || !IsLoggerNext());
        return true;
    }

    /// `INFO - app.views - text`
    private readonly bool IsLoggerNext()
    {
        var peek = _reader;
        peek.SkipBlanks();
        var (start, length) = peek.Word();
        var word = peek.Slice(start, length);
        return (_format == LineFormat.Dotnet && IsCategory(word)) || (IsLogger(word) && IsSeparator(ref peek));
    }

    private void TakeBracket(int start, int length)
    {
        var content = _reader.Slice(start, length);
        var lead = length - content.TrimStart((byte)' ').Length;
        content = content.Trim((byte)' ');
        (start, length) = (start + lead, content.Length);
        if (content.IsEmpty)
            return;
        // `[03:04:05 INF]`
        if (!_hasLevel && TryLevel(content[(content.LastIndexOf((byte)' ') + 1)..]))
            return;
        if (TryTrace(start, content) || content.Contains((byte)'='))
            return;

        if (_isBoot && _bootBrackets < MostBootBrackets)
        {
            (_bootBrackets == 0 ? ref _boot0 : ref _boot1) = (start, length);
            _bootBrackets++;
        }
        else if (_format == LineFormat.Python && !content.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            _fields.Add(FieldName.Pid, start, length);
        }
        else if (!_isBoot)
        {
            _fields.Add(FieldName.Thread, start, length);
        }
    }

    /// `4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7`, alone, or after the application and a comma as Sleuth writes it.
    private readonly bool TryTrace(int start, ReadOnlySpan<byte> content)
    {
        const int Length = 32;
        var from = content.IndexOf((byte)',') + 1;
        var trace = content[from..];
        if (trace.Length < Length || !IdScan.IsTraceId(trace[..Length]) || (trace.Length > Length && trace[Length] is not ((byte)'-' or (byte)',')))
            return false;

        _fields.Add(FieldName.TraceId, start + from, Length);
        if (from > 1)
            _fields.Add(FieldName.Service, start, from - 1);
        var rest = trace[Length..];
        if (rest.Length > 1 && rest[1..].IndexOf((byte)',') is var comma)
            _fields.Add(FieldName.SpanId, start + from + Length + 1, comma < 0 ? rest.Length - 1 : comma);
        return true;
    }

    private bool TryWord(out bool isMessage)
    {
        isMessage = false;
        var (start, length) = WordUpToBar();
        var word = _reader.Slice(start, length);
        var name = word.TrimEnd((byte)':');
        if (!_hasLevel && (TryLevel(name) || TryCelery(start, word)))
        {
            // `ERROR: text`, but `info: Category[14]`.
            isMessage = name.Length < length && _format != LineFormat.Dotnet;
            return true;
        }

        if (_format == LineFormat.Python && _hasLevel && word.SequenceEqual("in"u8))
            return true;
        if (IsNumber(word))
            return TryNumber(start, length);
        if (_hasLogger || !IsLogger(name))
            return false;
        if (_format == LineFormat.Dotnet && TryCategory(start, word))
            return true;
        if (name.Length < length)
        {
            isMessage = _hasLevel && (_format == LineFormat.Python || name.Contains((byte)'.'));
            return isMessage && TakeLogger(start, name.Length);
        }

        var peek = _reader;
        return IsSeparator(ref peek) && TakeLogger(start, length);
    }

    /// The process, before Spring Boot's dashes, or the milliseconds since the start, before all else.
    private readonly bool TryNumber(int start, int length)
    {
        var peek = _reader;
        peek.SkipBlanks();
        if (!peek.TrySkip("--- "u8))
            return !_hasLevel;

        _fields.Add(FieldName.Pid, start, length);
        return true;
    }

    private (int Start, int Length) WordUpToBar()
    {
        var (start, length) = _reader.Word();
        if (_reader.Slice(start, length).IndexOf((byte)'|') is var bar and > 0)
        {
            _reader.At = start + bar;
            length = bar;
        }

        return (start, length);
    }

    /// `INFO/MainProcess]`
    private bool TryCelery(int start, ReadOnlySpan<byte> word)
    {
        if (_format != LineFormat.Python || word.IndexOf((byte)'/') is not (var slash and > 0) || !word.EndsWith("]"u8) || !TryLevel(word[..slash]))
            return false;

        _fields.Add(FieldName.Thread, start + slash + 1, word.Length - slash - 2);
        return true;
    }

    /// `Microsoft.Hosting.Lifetime[14]`
    private bool TryCategory(int start, ReadOnlySpan<byte> word)
    {
        if (!IsCategory(word))
            return false;

        var bracket = word.IndexOf((byte)'[');
        _fields.Add(FieldName.EventId, start + bracket + 1, word.Length - bracket - 2);
        return TakeLogger(start, bracket);
    }

    private bool TakeLogger(int start, int length)
    {
        _fields.Add(FieldName.Logger, start, length);
        return _hasLogger = true;
    }

    private bool TryLevel(ReadOnlySpan<byte> text)
    {
        if (LevelName.Of(text) is not { } level)
            return false;

        _fields.AddValue(FieldName.Level, level);
        return _hasLevel = true;
    }

    private readonly bool Finish(int messageAt)
    {
        if (!_hasLevel)
            return false;

        var isServiceFirst = _bootBrackets > 1;
        if (_bootBrackets > 0)
            _fields.Add(FieldName.Thread, isServiceFirst ? _boot1.Start : _boot0.Start, isServiceFirst ? _boot1.Length : _boot0.Length);
        if (isServiceFirst)
            _fields.Add(FieldName.Service, _boot0.Start, _boot0.Length);
        var reader = _reader;
        reader.At = Math.Min(messageAt, _end);
        reader.SkipBlanks();
        _fields.AddMessage(Math.Min(reader.At, _end), _end);
        return true;
    }

    private static bool IsSeparator(ref LineReader reader)
    {
        reader.SkipBlanks();
        var rest = reader.Rest;
        return rest.StartsWith("- "u8) || rest.StartsWith("-- "u8) || rest.StartsWith("--- "u8) || rest.StartsWith(": "u8)
            || rest.StartsWith("|"u8) || rest.StartsWith("["u8) || rest.StartsWith("("u8);
    }

    private static bool IsLogger(ReadOnlySpan<byte> text)
    {
        foreach (var value in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)value) && value is not ((byte)'.' or (byte)'_' or (byte)'$' or (byte)'/' or (byte)'-' or (byte)'[' or (byte)']' or (byte)'`'))
                return false;
        }

        return !text.IsEmpty;
    }

    private static bool IsCategory(ReadOnlySpan<byte> word) =>
        word.IndexOf((byte)'[') is var bracket and > 0 && word.EndsWith("]"u8) && IsNumber(word[(bracket + 1)..^1]);

    private static bool IsNumber(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
