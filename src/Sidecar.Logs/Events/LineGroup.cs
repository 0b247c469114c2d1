using System.Text;

namespace Sidecar.Logs.Events;

/// Tells which lines carry on the event that a line began: indented ones, the joints of Java and .NET stack traces, and a Python
/// traceback up to the line that names the exception. A log whose lines are all indented is not one event.
internal ref struct LineGroup(ReadOnlySpan<byte> firstLine)
{
    private readonly bool _isIndentedThroughout = IsIndented(firstLine);
    private Traceback _traceback = IsTraceback(firstLine) ? Traceback.Body : Traceback.None;

    private enum Traceback
    {
        None,

        // Indented lines, then the line that names the exception.
        Body,
    }

    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        if (_isIndentedThroughout)
            return false;
        if (IsIndented(line))
            return true;

        if (_traceback == Traceback.Body)
        {
            _traceback = Traceback.None;
            return NamesException(line) || IsJoint(line);
        }

        if (IsTraceback(line))
        {
            _traceback = Traceback.Body;
            return true;
        }

        return IsJoint(line);
    }

    private static bool IsIndented(ReadOnlySpan<byte> line) => line[0] is (byte)' ' or (byte)'\t';

    private static bool IsTraceback(ReadOnlySpan<byte> line) => line.StartsWith("Traceback (most recent call last)"u8);

    private static bool IsJoint(ReadOnlySpan<byte> line) => line[0] switch
    {
        (byte)'C' => line.StartsWith("Caused by: "u8),
        (byte)'S' => line.StartsWith("Suppressed: "u8),
        (byte)'-' => line.StartsWith("--- End of "u8),
        (byte)'D' => line.StartsWith("During handling of the above exception, another exception occurred:"u8),
        (byte)'T' => line.StartsWith("The above exception was the direct cause of the following exception:"u8),
        _ => false,
    };

    /// `ValueError: text`, `pkg.module.Error: text` or `KeyboardInterrupt`.
    private static bool NamesException(ReadOnlySpan<byte> line)
    {
        var name = line.IndexOf(": "u8) is var colon and >= 0 ? line[..colon] : line;
        if (name.EndsWith(":"u8))
            name = name[..^1];
        foreach (var value in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)value) && value is not ((byte)'.' or (byte)'_'))
                return false;
        }

        return !name.IsEmpty && Rune.DecodeFromUtf8(name, out var first, out _) == System.Buffers.OperationStatus.Done
            && Rune.IsLetter(first);
    }
}
