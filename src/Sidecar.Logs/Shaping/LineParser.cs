using System.Text.RegularExpressions;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Shaping;

/// Makes objects of plain lines. A line that does not parse stays as it is. One thread at a time.
internal sealed class LineParser(LineParsing parsing, string? service, int maxLength, Lazy<CharText> text)
{
    private readonly FieldList _fields = new();
    private readonly FieldName[] _names = parsing.Pattern is { } pattern ? [.. LineParsing.NamesOf(pattern.Regex).Select(FieldName.Of)] : [];
    private readonly PatternRest _rest = new();

    /// TimeEnd is where the time ends that was found in the message, or 0; now is the agent's clock. False when the message stays as it is.
    public bool TryParse(ref ReadOnlyMemory<byte> message, long timestampMs, int timeEnd, long now, MessageRoom room)
    {
        _fields.Clear();
        if (!TryRead(message.Span, timeEnd, now))
            return false;

        IdScan.Find(message.Span, _fields);
        if (!ObjectWriter.TryWrite(_fields, message.Span, timestampMs, service, maxLength, room, out var written))
            return false;

        message = written;
        return true;
    }

    private bool TryRead(ReadOnlySpan<byte> message, int timeEnd, long now) => parsing.Format switch
    {
        LineFormat.Logfmt => LogfmtLine.TryRead(message, _fields),
        LineFormat.Syslog => SyslogLine.TryRead(message, timeEnd, _fields),
        LineFormat.Nginx => NginxLine.TryRead(message, timeEnd, _fields),
        { } format => FrameworkLine.TryRead(message, timeEnd, format, _fields),
        null => TryPattern(message, now),
    };

    private bool TryPattern(ReadOnlySpan<byte> message, long now)
    {
        if (_rest.IsResting(now))
            return false;

        try
        {
            var match = parsing.Pattern!.Regex.Match(text.Value.Of(message).ToString());
            if (!match.Success)
                return false;

            foreach (var name in _names)
            {
                if (match.Groups[name.Text] is { Success: true, Length: > 0 } group && name != FieldName.Timestamp)
                    _fields.AddValue(name, name == FieldName.Level ? LevelName.Of(System.Text.Encoding.UTF8.GetBytes(group.Value)) ?? group.Value : group.Value);
            }

            _fields.AddMessage(0, message.Length);
            return true;
        }
        catch (RegexMatchTimeoutException)
        {
            _rest.Begin(now);
            return false;
        }
    }
}
