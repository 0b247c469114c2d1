using System.Text;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Sending;

public sealed class DeliveryTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task What_was_not_taken_is_sent_again_and_only_once()
    {
        var answers = new Queue<SendResult?>([new SendResult.Throttled(TimeSpan.FromMilliseconds(10)), null]);
        _rig.Destination.Answer = _ => answers.TryDequeue(out var answer) ? answer : null;
        _rig.Volume.Write("app.log", "one\ntwo\n");
        _rig.Start();

        await _rig.ShippedAsync("one", "two");
        Assert.Equal(1, _rig.Counted("sidecar.logs.send.failures"));
    }

    [Fact]
    public async Task One_event_that_the_service_does_not_take_does_not_keep_the_others_from_it()
    {
        _rig.Destination.Answer = batch =>
            batch.Events.ToArray().Any(one => Encoding.UTF8.GetString(one.Message.Span) == "bad") ? new SendResult.Poison("no") : null;
        _rig.Volume.Write("app.log", "a\nb\nc\nbad\nd\n");
        _rig.Start();

        await _rig.ShippedAsync("a", "b", "c", "d");
        await Eventually.EqualAsync(1, () => _rig.Counted("sidecar.logs.events.rejected"), cancellation: Cancellation);
        await Eventually.EqualAsync(4, () => _rig.Counted("sidecar.logs.events.sent"), cancellation: Cancellation);
        _rig.Volume.Append("app.log", "e\n");
        await _rig.ShippedAsync("a", "b", "c", "d", "e");
    }

    [Fact]
    public async Task Events_that_were_rejected_for_their_age_are_counted_and_the_file_goes_on()
    {
        var isFirst = true;
        _rig.Destination.Answer = _ =>
        {
            if (!isFirst)
                return null;
            isFirst = false;
            return new SendResult.Stored([new Rejection(RejectionReason.TooOld, 0, 2)]);
        };
        _rig.Volume.Write("app.log", "a\nb\nc\n");
        _rig.Start();
        await Eventually.EqualAsync(2, () => _rig.Counted("sidecar.logs.events.rejected"), cancellation: Cancellation);
        _rig.Volume.Append("app.log", "d\n");

        await _rig.ShippedAsync("d");
        await Eventually.EqualAsync(2, () => _rig.Counted("sidecar.logs.events.sent"), cancellation: Cancellation);
    }

    [Fact]
    public async Task Streams_that_are_refused_do_not_keep_others_from_theirs()
    {
        _rig.Destination.Answer = batch => batch.Target.Stream.StartsWith("bad", StringComparison.Ordinal) ? new SendResult.Refused("AccessDenied") : null;
        for (var i = 0; i < 20; i++)
            _rig.Volume.Write($"bad{i}.log", "x\n");
        _rig.Volume.Write("good.log", "one\n");
        _rig.Start();

        await _rig.ShippedAsync("one");
    }

    [Fact]
    public async Task While_nothing_is_taken_no_more_than_one_batch_a_loop_is_read()
    {
        _rig.Destination.Before = (_, cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        for (var i = 0; i < 20; i++)
            _rig.Volume.Write($"{i}.log", string.Concat(Enumerable.Repeat("line\n", 1000)));
        _rig.Start();

        await Eventually.EqualAsync(LogsPipeline.ShippingLoops, () => (int)_rig.Counted("sidecar.logs.batches.inflight"), cancellation: Cancellation);
        Assert.Equal(20, _rig.OpenFiles.Count);
        Assert.Equal(LogsPipeline.ShippingLoops, (int)_rig.Counted("sidecar.logs.batches.inflight"));
    }

    [Fact]
    public async Task A_backlog_is_sent_in_full_batches()
    {
        var line = new string('x', 199) + "\n";
        _rig.Volume.Write("app.log", string.Concat(Enumerable.Repeat(line, 20_000)));
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 20_000, cancellation: Cancellation);

        const int Full = BatchLimits.MaxBytes / (199 + BatchLimits.EventOverheadBytes);
        Assert.Equal([Full, Full, Full, Full, 20_000 - (4 * Full)], _rig.Destination.BatchSizes);
    }

    [Fact]
    public async Task An_open_look_at_status_says_where_each_file_is()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.DrainAsync();

        var file = _rig.Running.Status().Single()!;

        Assert.Equal(
            (4L, 4L, 0L, "/test app.log"),
            (file["offset"]!.GetValue<long>(), file["size"]!.GetValue<long>(), file["backlog"]!.GetValue<long>(), file["target"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_batch_keeps_its_buffers_until_its_send_has_ended_also_when_everything_stops()
    {
        var begun = new TaskCompletionSource();
        var hasEnded = false;
        _rig.Destination.Before = async (_, cancellation) =>
        {
            // By then the turn waits for the send.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellation);
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            hasEnded = true;
        };
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await begun.Task.WaitAsync(Eventually.Patience, TimeProvider.System, Cancellation);

        await _rig.KillAsync();

        Assert.True(hasEnded);
    }
}
