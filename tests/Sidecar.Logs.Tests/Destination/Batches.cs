using System.Text;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Tests.Destination;

/// Batches as the pipeline would build them.
internal static class Batches
{
    public static readonly StreamTarget Target = new("/app/orders", "host-1/app.log");

    public static LogBatch Of(params string[] messages) => At(NowMs, messages);

    public static LogBatch At(long timestampMs, params string[] messages) =>
        Timed([.. messages.Select(m => (timestampMs, m))]);

    public static LogBatch Timed(params (long TimestampMs, string Message)[] events) =>
        Bytes(Target, [.. events.Select(e => (e.TimestampMs, Encoding.UTF8.GetBytes(e.Message)))]);

    public static LogBatch Bytes(StreamTarget target, params (long TimestampMs, byte[] Message)[] events) =>
        new(target, events.Select(e => new LogEvent(e.Message, e.TimestampMs, new FileIdentity(1, 1), 0, 0)).ToArray(), []);

    public static string[] Numbered(int count, int from = 0) => [.. Enumerable.Range(from, count).Select(i => $"line {i}")];

    public static long NowMs => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
