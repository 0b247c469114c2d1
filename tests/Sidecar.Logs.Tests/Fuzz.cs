using System.Text;

namespace Sidecar.Logs.Tests;

/// Lines for parsers, the same in every run: real ones that were cut, spliced, and had bytes changed. SIDECAR_TEST_LONG=1 makes
/// more of them.
internal static class Fuzz
{
    private const int Seed = 20261122;

    private static readonly string[] Real =
    [
        "2026-01-02T03:04:05.678+01:00 INFO x",
        "2026/01/02 03:04:05 [error] 12#0: *1 open() failed, client: 10.0.0.1",
        "<165>1 2026-01-02T03:04:05.678Z host app 12 ID47 [a@1 b=\"c\"] text",
        "<34>Oct 11 22:14:15 host su[12]: text",
        "02 Jan 2026 03:04:05,678 [main] INFO  com.acme.Main - text",
        "[Fri Jan 02 03:04:05.678901 2026] [core:error] text",
        "Jan 02, 2026 3:04:05 PM com.acme.Main main",
        "127.0.0.1 - frank [10/Oct/2025:13:55:36 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"curl/8\"",
        "1767323045678 x",
        "1:M 02 Jan 2026 03:04:05.678 * Ready",
        "INFO  [2026-01-02 03:04:05,678] org.eclipse: x",
        "I0102 03:04:05.678901       1 main.go:12] x",
        "{\"level\":\"INFO\",\"msg\":\"a \\\"b\\\" \\\\\",\"time\":1767323045678,\"a\":{\"b\":[1,{}]}}",
        "{\"_aws\":{\"Timestamp\":1767323045678,\"CloudWatchMetrics\":[]},\"x\":1}",
        "ts=2026-01-02T03:04:05Z level=info msg=\"a b\" trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
        "2026-01-02 03:04:05,678 - app.views - ERROR - text",
        "info: Microsoft.Hosting.Lifetime[14]\n      Now listening",
        "user joe.doe@example.com card 4111 1111 1111 1111 key AKIAIOSFODNN7EXAMPLE Bearer eyJhbGciOi.eyJzdWIiOiIx.c2ln",
    ];

    public static IEnumerable<byte[]> Lines()
    {
#pragma warning disable RS0030 // The switch of the test run is no setting of an agent.
        var count = Environment.GetEnvironmentVariable("SIDECAR_TEST_LONG") == "1" ? 3_000_000 : 60_000;
#pragma warning restore RS0030
        var random = new Random(Seed);
        var real = Real.Select(Encoding.UTF8.GetBytes).ToArray();
        foreach (var line in real)
        {
            for (var length = 0; length <= line.Length; length++)
                yield return line[..length];
        }

        for (var i = 0; i < count; i++)
        {
            var first = real[random.Next(real.Length)];
            var second = real[random.Next(real.Length)];
            byte[] line = [.. first[..random.Next(first.Length + 1)], .. second[random.Next(second.Length + 1)..]];
            for (var changes = random.Next(4); changes > 0 && line.Length > 0; changes--)
                line[random.Next(line.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : first[random.Next(first.Length)];
            yield return line;
        }
    }
}
