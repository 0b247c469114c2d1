using System.Globalization;
using System.Text;

namespace LogShipping.Lines;

/// Errors as logback writes them: a dated line, the exception, its frames, and a cause with its own.
internal static class JavaTraces
{
    private const int Frames = 18;

    public static byte[] Block(int count)
    {
        var random = new Random(3);
        var text = new StringBuilder();
        var start = TimeProvider.System.GetUtcNow().AddHours(-1);
        for (var i = 0; i < count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{start.AddMilliseconds(i):yyyy-MM-dd HH:mm:ss.fff} ERROR [http-{i % 8}] c.e.orders.OrderController - order {random.Next(99999)} failed\n");
            text.Append(CultureInfo.InvariantCulture, $"java.lang.IllegalStateException: order {random.Next(99999)} is not open\n");
            AppendFrames(text, random, Frames);
            text.Append("Caused by: java.sql.SQLTransientConnectionException: pool - Connection is not available\n");
            AppendFrames(text, random, Frames / 2);
            text.Append("\t... 12 common frames omitted\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static void AppendFrames(StringBuilder text, Random random, int count)
    {
        for (var i = 0; i < count; i++)
            text.Append(CultureInfo.InvariantCulture, $"\tat com.example.orders.internal.Layer{random.Next(40)}.handle(Layer{i}.java:{random.Next(900)})\n");
    }
}
