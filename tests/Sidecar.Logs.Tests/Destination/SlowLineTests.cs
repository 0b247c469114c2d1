using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Destination;

/// Uplinks on which a full batch takes longer than the time-out.
public sealed class SlowLineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_that_takes_longer_than_the_time_out_is_stored_as_long_as_it_moves()
    {
        SlowLine? line = null;
        await using var shipping = await CloudWatchRig.ToStandInAsync(
            o => o with { TryTimeout = Patience, Endpoint = (line = new SlowLine(o.Endpoint!, bytesPerSecond: 250_000)).Url });
        await using var _ = line;
        await shipping.SendAsync("creates what is missing");
        var largest = new byte[BatchLimits.MaxMessageBytes];
        largest.AsSpan().Fill((byte)'x');
        var started = TimeProvider.System.GetTimestamp();

        var result = await shipping.Destination.SendAsync(Batches.Bytes(Batches.Target, (Batches.NowMs, largest)), Cancellation);

        Assert.Same(SendResult.StoredAll, result);
        Assert.True(TimeProvider.System.GetElapsedTime(started) > Patience);
        Assert.Equal(2, shipping.Stored.Count);
    }

    [Fact]
    public async Task A_batch_that_moves_but_is_not_through_in_the_end_is_sent_in_smaller_ones()
    {
        await using var rig = new PipelineRig();
        var lines = Enumerable.Range(0, 200).Select(n => $"line {n}").ToArray();
        rig.Destination.Answer = batch => batch.Events.Length > 10 ? new SendResult.Unavailable("slow", IsTooSlow: true) : null;
        rig.Volume.Write("app.log", string.Join('\n', lines) + "\n");

        rig.Start();

        await rig.ShippedAsync(lines);
    }

    [Fact]
    public void A_call_ends_when_nothing_moves_for_the_time_out()
    {
        var time = new ManualTime();
        using var deadline = new MovingDeadline(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(4), time);

        time.Advance(TimeSpan.FromSeconds(29));
        deadline.Moved();
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(deadline.Token.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(deadline.Token.IsCancellationRequested);
        Assert.False(deadline.IsSpent);
    }

    [Fact]
    public void A_call_that_moves_ends_all_the_same_before_it_would_count_as_stuck()
    {
        var time = new ManualTime();
        using var deadline = new MovingDeadline(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(4), time);

        for (var seconds = 0; seconds < 230; seconds += 10)
        {
            deadline.Moved();
            time.Advance(TimeSpan.FromSeconds(10));
        }

        deadline.Moved();
        Assert.False(deadline.IsSpent);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(deadline.IsSpent);
    }
}
