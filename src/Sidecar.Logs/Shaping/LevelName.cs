namespace Sidecar.Logs.Shaping;

/// The levels that frameworks have names and abbreviations for, as one of TRACE, DEBUG, INFO, WARN, ERROR and FATAL: so that one
/// question finds the errors of all.
internal static class LevelName
{
    private const int Longest = 13;

    /// Null when it is no level.
    public static string? Of(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > Longest)
            return null;

        Span<byte> lower = stackalloc byte[Longest];
        lower = lower[..text.Length];
        for (var i = 0; i < text.Length; i++)
            lower[i] = (byte)(text[i] is >= (byte)'A' and <= (byte)'Z' ? text[i] | 0x20 : text[i]);
        return lower[0] switch
        {
            (byte)'t' => Is(lower, "trace"u8) || Is(lower, "trce"u8) ? "TRACE" : null,
            (byte)'v' => Is(lower, "verbose"u8) || Is(lower, "vrb"u8) ? "TRACE" : null,
            (byte)'d' => Is(lower, "debug"u8) || Is(lower, "dbug"u8) || Is(lower, "dbg"u8) ? "DEBUG" : null,
            (byte)'i' => Is(lower, "info"u8) || Is(lower, "inf"u8) || Is(lower, "information"u8) || Is(lower, "informational"u8) ? "INFO" : null,
            (byte)'n' => Is(lower, "notice"u8) ? "INFO" : null,
            (byte)'w' => Is(lower, "warn"u8) || Is(lower, "warning"u8) || Is(lower, "wrn"u8) ? "WARN" : null,
            (byte)'e' => Is(lower, "error"u8) || Is(lower, "err"u8) || Is(lower, "eror"u8) ? "ERROR"
                : Is(lower, "emerg"u8) || Is(lower, "emergency"u8) ? "FATAL" : null,
            (byte)'f' => Is(lower, "fine"u8) || Is(lower, "finer"u8) || Is(lower, "finest"u8) ? "DEBUG"
                : Is(lower, "fail"u8) ? "ERROR" : Is(lower, "fatal"u8) || Is(lower, "ftl"u8) ? "FATAL" : null,
            (byte)'s' => Is(lower, "severe"u8) ? "ERROR" : null,
            (byte)'c' => Is(lower, "critical"u8) || Is(lower, "crit"u8) ? "FATAL" : null,
            (byte)'a' => Is(lower, "alert"u8) ? "FATAL" : null,
            (byte)'p' => Is(lower, "panic"u8) ? "FATAL" : null,
            _ => null,
        };
    }

    /// The numbers of pino and bunyan.
    public static string? OfNumber(ReadOnlySpan<byte> text) => text.Length != 2 || text[1] != '0' ? null : text[0] switch
    {
        (byte)'1' => "TRACE",
        (byte)'2' => "DEBUG",
        (byte)'3' => "INFO",
        (byte)'4' => "WARN",
        (byte)'5' => "ERROR",
        (byte)'6' => "FATAL",
        _ => null,
    };

    /// The severities of syslog.
    public static string OfSeverity(int severity) => severity switch
    {
        <= 2 => "FATAL",
        3 => "ERROR",
        4 => "WARN",
        <= 6 => "INFO",
        _ => "DEBUG",
    };

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => text.SequenceEqual(name);
}
