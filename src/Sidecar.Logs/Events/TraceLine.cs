using System.Buffers;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Events;

/// Tells the lines of stack traces, by language, from free text. Indented lines need no telling: they carry on what they follow.
internal static class TraceLine
{
    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$\\"u8);

    private static readonly SearchValues<byte> ClosingBytes = SearchValues.Create("}]),;"u8);
    private static readonly SearchValues<byte> CaretBytes = SearchValues.Create("^~ \t"u8);

    /// Joint, Closer, Call or Exception; else Loose.
    public static LineKind Of(ReadOnlySpan<byte> line, TraceKinds traces)
    {
        if (IsJoint(line, traces))
            return LineKind.Joint;
        if (line[0] is (byte)'}' or (byte)']' or (byte)')' && !line.ContainsAnyExcept(ClosingBytes))
            return LineKind.Closer;
        if ((traces & TraceKinds.Go) != TraceKinds.None && IsGoCall(line))
            return LineKind.Call;
        if (NamesException(line) || HeadsTrace(line, traces))
            return LineKind.Exception;
        return (traces & TraceKinds.Ruby) != TraceKinds.None ? OfRuby(line) : LineKind.Loose;
    }

    public static bool IsTraceback(ReadOnlySpan<byte> line) => line.StartsWith("Traceback (most recent call last)"u8);

    public static bool IsGoPanic(ReadOnlySpan<byte> line) => line.StartsWith("panic: "u8) || line.StartsWith("fatal error: "u8);

    public static bool IsGoroutine(ReadOnlySpan<byte> line) => line.StartsWith("goroutine "u8) && line.IndexOf(" ["u8) > 0;

    /// What joins the traceback of an exception to that of the one it caused.
    public static bool IsPythonChain(ReadOnlySpan<byte> line) =>
        line.StartsWith("During handling of the above exception, another exception occurred:"u8)
        || line.StartsWith("The above exception was the direct cause of the following exception:"u8);

    /// What points at a place in the indented line before it; the error's name follows.
    public static bool IsCaret(ReadOnlySpan<byte> line) => line[^1] is (byte)'^' or (byte)'~' && !line.ContainsAnyExcept(CaretBytes);

    /// An indented line that is certainly of a trace.
    public static bool IsFrame(ReadOnlySpan<byte> line)
    {
        var text = line.TrimStart(" \t"u8);
        return text.StartsWith("at "u8) || text.StartsWith("from "u8) || text.StartsWith("... "u8) || text.StartsWith("---"u8) || IsPythonFrame(text)
            || (line[0] == '\t' && line.IndexOf(".go:"u8) > 0);
    }

    public static bool IsPythonFrame(ReadOnlySpan<byte> line) => line.TrimStart(" |"u8).StartsWith("File \""u8);

    /// What may end a Python traceback: `ValueError: text`, `pkg.module.Failed: text` or `KeyboardInterrupt`.
    public static bool EndsTraceback(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAnyExcept(NameBytes);
        return IsLetter(line[0]) && (end < 0 || (line[end] == ':' && (end + 1 == line.Length || line[end + 1] == ' ')));
    }

    private static bool HeadsTrace(ReadOnlySpan<byte> line, TraceKinds traces) => line[0] switch
    {
        (byte)'T' => (traces & TraceKinds.Python) != TraceKinds.None && IsTraceback(line),
        (byte)'p' or (byte)'f' => (traces & TraceKinds.Go) != TraceKinds.None && IsGoPanic(line),
        (byte)'g' => (traces & TraceKinds.Go) != TraceKinds.None && IsGoroutine(line),
        _ => false,
    };

    private static bool IsJoint(ReadOnlySpan<byte> line, TraceKinds traces)
    {
        return (traces & (line[0] switch
        {
            (byte)'C' when line.StartsWith("Caused by: "u8) => TraceKinds.Java,
            (byte)'S' when line.StartsWith("Suppressed: "u8) => TraceKinds.Java,
            (byte)'W' when line.StartsWith("Wrapped by: "u8) => TraceKinds.Java,
            (byte)'.' when IsElision(line) => TraceKinds.Java | TraceKinds.Go,
            (byte)'a' when line.StartsWith("at "u8) && line[^1] == ')' && line.IndexOf((byte)'(') > 3 => TraceKinds.Java | TraceKinds.Node,
            (byte)'-' when line.StartsWith("--- End of "u8) => TraceKinds.Dotnet,
            (byte)'T' or (byte)'D' when IsPythonChain(line) => TraceKinds.Python,
            (byte)'c' when line.StartsWith("created by "u8) => TraceKinds.Go,
            (byte)'[' when line.StartsWith("[signal "u8) => TraceKinds.Go,
            (byte)'[' when line.StartsWith("[stacktrace]"u8) || line.StartsWith("[previous exception]"u8) => TraceKinds.Php,
            (byte)'#' when IsNumbered(line) => TraceKinds.Php,
            (byte)'S' when line.StartsWith("Stack trace:"u8) => TraceKinds.Php,
            (byte)'N' when line.StartsWith("Next "u8) && NamesException(line[5..]) => TraceKinds.Php,
            (byte)'N' when line.StartsWith("Node.js v"u8) => TraceKinds.Node,
            (byte)'E' when line.StartsWith("Emitted 'error' event "u8) => TraceKinds.Node,
            _ => TraceKinds.None,
        })) != TraceKinds.None;
    }

    /// `... 12 more`, `... 12 common frames omitted` and Go's `...additional frames elided...`.
    private static bool IsElision(ReadOnlySpan<byte> line) =>
        line.StartsWith("...additional frames"u8) || (line.StartsWith("... "u8) && line.Length > 4 && IsDigit(line[4]));

    /// `#0 /app/index.php(3): main()`, `#1 {main}`, `#2 [internal function]: Foo->bar()`.
    private static bool IsNumbered(ReadOnlySpan<byte> line)
    {
        var digits = line[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 1 || line[digits + 1] != ' ')
            return false;

        var place = line[(digits + 2)..];
        return place.Length > 0 && place[0] is (byte)'/' or (byte)'{' or (byte)'[' || place.IndexOf("("u8) > 0;
    }

    /// `main.(*Server).handle(0xc000010000, {0x1, 0x2})`, `exit status 2`.
    private static bool IsGoCall(ReadOnlySpan<byte> line)
    {
        if (line[^1] != ')')
            return line[0] == 'e' && line.StartsWith("exit status "u8) && line.Length < 16;

        var blank = line.IndexOf((byte)' ');
        return IsLetter(line[0]) && (blank < 0 ? line : line[..blank]).IndexOf((byte)'(') > 0;
    }

    /// `java.io.IOException: disk`, `TypeError: x`, `App\Failed\OrderException`, `Error [ERR_X]: y`, `Net::ReadError (timed out)`.
    private static bool NamesException(ReadOnlySpan<byte> line)
    {
        if (!IsLetter(line[0]))
            return false;
        if (line.StartsWith("Uncaught "u8))
            return line.Length > 9 && NamesException(line[9..]);

        var end = line.IndexOfAnyExcept(NameBytes);
        while (end > 0 && line[end..].StartsWith("::"u8))
            end = line[(end + 2)..].IndexOfAnyExcept(NameBytes) is var more and >= 0 ? end + 2 + more : -1;
        var name = end < 0 ? line : line[..end];
        if (!name.EndsWith("Exception"u8) && !name.EndsWith("Error"u8) && !name.EndsWith("Throwable"u8))
            return false;

        var after = end < 0 ? [] : line[end..];
        return after.IsEmpty || (after[0] == ':' && (after.Length == 1 || after[1] == ' ')) || after.StartsWith(" ["u8) || after.StartsWith(" ("u8);
    }

    /// `/app/a.rb:3:in 'foo'` is a frame; what has a message after it heads a trace.
    private static LineKind OfRuby(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 1 || colon + 1 == line.Length || !IsDigit(line[colon + 1]))
            return LineKind.Loose;

        var place = line[(colon + 1)..];
        var digits = place.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0 || !place[digits..].StartsWith(":in "u8) || place.Length < digits + 5 || place[digits + 4] is not ((byte)'`' or (byte)'\''))
            return LineKind.Loose;
        return line[^1] == '\'' ? LineKind.Joint : LineKind.Exception;
    }

    private static bool IsDigit(byte value) => (uint)(value - '0') < 10;

    private static bool IsLetter(byte value) => (uint)((value | 0x20) - 'a') < 26;
}
