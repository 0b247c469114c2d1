using System.Text;

namespace LogShipping.Lines;

/// Lines as applications write them: a time, a level, a worker and numbers that differ; exactly LineBytes each, newline included.
internal static class PlainLines
{
    public const int LineBytes = 200;

    public static byte[] Block(int count)
    {
        var random = new Random(1);
        var lines = new byte[count * LineBytes];
        var start = TimeProvider.System.GetUtcNow().AddHours(-1);
        for (var i = 0; i < count; i++)
        {
            var line = lines.AsSpan(i * LineBytes, LineBytes);
            var text = $"{start.AddMilliseconds(i / 20):yyyy-MM-dd'T'HH:mm:ss.fff'Z'} INFO  [worker-{i % 8}] request id={random.NextInt64():x16} path=\"/api/v1/orders/{random.Next(99999)}\" status=200 took={random.Next(999)}ms user=u{random.Next(99999)} ";
            Encoding.ASCII.GetBytes(text.PadRight(LineBytes - 1, 'x').AsSpan(0, LineBytes - 1), line);
            line[^1] = (byte)'\n';
        }

        return lines;
    }
}
