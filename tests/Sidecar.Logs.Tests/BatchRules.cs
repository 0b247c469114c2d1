using System.Text.Unicode;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Tests;

/// What the service demands of one PutLogEvents call.
internal static class BatchRules
{
    public static void Hold(LogBatch batch)
    {
        var events = batch.Events.ToArray();

        Assert.InRange(events.Length, 1, 10_000);
        Assert.InRange(events.Sum(one => one.Message.Length + 26L), 1, 1_048_576);
        Assert.All(events, one => Assert.InRange(one.Message.Length, 1, 1_048_550));
        Assert.All(events, one => Assert.True(Utf8.IsValid(one.Message.Span)));
        Assert.Equal(events.Select(one => one.TimestampMs).Order(), events.Select(one => one.TimestampMs));
        Assert.InRange(events[^1].TimestampMs - events[0].TimestampMs, 0, 24L * 60 * 60 * 1000);
        Assert.Equal(events.Sum(one => one.Message.Length), batch.MessageBytes);
    }
}
