using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Discovery;

/// A user's pattern for the lines that begin events. Its head decides: no more of a line is looked at. One that takes too long on
/// lines of this file is given up, and the lines are judged without it.
internal sealed class StartPattern
{
    private const int HeadBytes = 4096;
    private const int MostTimeouts = 3;
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(300);

    private readonly Regex _regex;
    private int _timeouts;
    private int _toldTimeouts;

    private StartPattern(Regex regex) => _regex = regex;

    public string Text => _regex.ToString();

    public static Parsed<StartPattern> Read(string text)
    {
        if (text.Length == 0)
            return Parsed.Wrong<StartPattern>("it is empty");

        // Where it can, a pattern runs in a time that grows with the line's length only.
        var pattern = ValueForms.Pattern(text);
        if (pattern.IsRight)
            return Parsed.Right(new StartPattern(pattern.Value!));
        try
        {
            return Parsed.Right(new StartPattern(new Regex(text, RegexOptions.CultureInvariant, LongestMatch)));
        }
        catch (ArgumentException e)
        {
            return Parsed.Wrong<StartPattern>(e.Message);
        }
    }

    /// Null when the pattern has no answer in time.
    public bool? IsMatch(ReadOnlySpan<byte> line)
    {
        if (Volatile.Read(ref _timeouts) >= MostTimeouts)
            return null;

        var head = line[..Math.Min(line.Length, HeadBytes)];
        var chars = ArrayPool<char>.Shared.Rent(HeadBytes);
        try
        {
            return _regex.IsMatch(chars.AsSpan(0, Encoding.UTF8.GetChars(head, chars)));
        }
        catch (RegexMatchTimeoutException)
        {
            Interlocked.Increment(ref _timeouts);
            return null;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    /// Says once that the pattern was too slow.
    public string? TakeFault() =>
        Volatile.Read(ref _timeouts) > 0 && Interlocked.Exchange(ref _toldTimeouts, 1) == 0
            ? $"took longer than {LongestMatch.TotalMilliseconds:0} ms on a line"
            : null;
}
