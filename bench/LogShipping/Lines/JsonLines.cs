using System.Text;

namespace LogShipping.Lines;

/// JSON objects of exactly LineBytes each, newline included, as a structured logger writes them.
internal static class JsonLines
{
    public const int LineBytes = 100;

    public static byte[] Block(int count)
    {
        var random = new Random(2);
        var lines = new byte[count * LineBytes];
        var start = TimeProvider.System.GetUtcNow().AddHours(-1);
        for (var i = 0; i < count; i++)
        {
            var line = lines.AsSpan(i * LineBytes, LineBytes);
            var text = $"{{\"time\":\"{start.AddMilliseconds(i / 40):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\",\"level\":\"info\",\"order\":{random.Next(10_000, 99_999)},\"message\":\"stored ";
            Encoding.ASCII.GetBytes(text.PadRight(LineBytes - 3, 'x').AsSpan(0, LineBytes - 3), line);
            "\"}\n"u8.CopyTo(line[(LineBytes - 3)..]);
        }

        return lines;
    }
}
