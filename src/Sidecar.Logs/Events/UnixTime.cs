namespace Sidecar.Logs.Events;

/// The seconds since 1970, with decimals or without, or the milli-, micro- or nanoseconds, told apart by their digits.
internal static class UnixTime
{
    private const int SecondsDigits = 10;
    private const int MillisecondsDigits = 13;
    private const int MicrosecondsDigits = 16;
    private const int NanosecondsDigits = 19;

    /// At the beginning of the text; length is how much of it the time takes.
    public static bool TryRead(ReadOnlySpan<byte> text, out StatedTime time, out int length)
    {
        time = default;
        length = 0;
        long number = 0;
        var at = 0;
        for (; at < text.Length && at < NanosecondsDigits && char.IsAsciiDigit((char)text[at]); at++)
            number = (number * 10) + (text[at] - '0');
        if (at < text.Length && char.IsAsciiLetterOrDigit((char)text[at]))
            return false;

        var digits = at;
        // Nineteen digits can be more than a long holds.
        if (text.IsEmpty || text[0] == '0' || number < 0)
            return false;

        switch (digits)
        {
            case SecondsDigits:
                time.UnixMs = (number * 1000) + TimeText.Fraction(text, ref at);
                break;
            case MillisecondsDigits:
                time.UnixMs = number;
                TimeText.Fraction(text, ref at);
                break;
            case MicrosecondsDigits:
                time.UnixMs = number / 1000;
                break;
            case NanosecondsDigits:
                time.UnixMs = number / 1_000_000;
                break;
            default:
                return false;
        }

        length = at;
        return true;
    }
}
