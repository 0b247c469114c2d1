using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

public sealed class CloudWatchDestinationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_batch_creates_what_is_missing_and_the_next_takes_one_call()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();

        var first = await shipping.SendAsync("one", "two \"quoted\" \\ \t é 日本 \u0001");
        var second = await shipping.SendAsync("three");

        Assert.Same(SendResult.StoredAll, first);
        Assert.Same(SendResult.StoredAll, second);
        Assert.Equal(["one", "two \"quoted\" \\ \t é 日本 \u0001", "three"], shipping.Stored);
        Assert.Equal(
            [KeyValuePair.Create("CreateLogGroup", 1), KeyValuePair.Create("CreateLogStream", 2), KeyValuePair.Create("PutLogEvents", 3)],
            shipping.Service.AllCalls);
        Assert.Empty(shipping.Service.RuleViolations);
        Assert.Empty(shipping.Service.SignatureFailures);
    }

    [Theory]
    [InlineData(StandInFault.Throttle)]
    [InlineData(StandInFault.InternalError)]
    [InlineData(StandInFault.Unavailable)]
    [InlineData(StandInFault.DropBefore)]
    [InlineData(StandInFault.AccessDenied)]
    [InlineData(StandInFault.ExpiredToken)]
    public async Task A_fault_that_passes_loses_and_repeats_nothing(StandInFault fault)
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        await shipping.SendAsync("before");
        shipping.Service.Faults.Begin(fault, times: 5);

        var result = await shipping.SendAsync(Batches.Numbered(100));

        Assert.Same(SendResult.StoredAll, result);
        Assert.Equal(["before", .. Batches.Numbered(100)], shipping.Stored);
        Assert.Equal(5, shipping.Service.Faults.Served);
    }

    [Fact]
    public async Task A_lost_answer_stores_the_batch_twice_rather_than_never()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        await shipping.SendAsync("before");
        shipping.Service.Faults.Begin(StandInFault.DropAfter, times: 1);

        var result = await shipping.SendAsync("a", "b");

        Assert.Same(SendResult.StoredAll, result);
        Assert.Equal(["before", "a", "b", "a", "b"], shipping.Stored);
    }

    [Fact]
    public async Task A_service_that_never_answers_is_given_up_on_and_asked_again()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync(o => o with { TryTimeout = TimeSpan.FromMilliseconds(250) });
        await shipping.SendAsync("before");
        shipping.Service.Faults.Begin(StandInFault.Hang, times: 2);

        var result = await shipping.SendAsync("after");

        Assert.Same(SendResult.StoredAll, result);
        Assert.Equal(["before", "after"], shipping.Stored);
        Assert.Equal(2, shipping.Answers.Count(one => one is SendResult.Unavailable u && u.Reason.Contains("no answer to PutLogEvents within", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_slow_answer_is_waited_for()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        shipping.Service.Faults.Begin(StandInFault.Slow, delay: TimeSpan.FromMilliseconds(50));

        await shipping.SendAsync("a");

        Assert.Equal(["a"], shipping.Stored);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_said_to_be_so()
    {
        var options = new CloudWatchOptions
        {
            Endpoint = new Uri($"http://127.0.0.1:{FreePort.Next()}"), Region = "eu-west-1", FirstRetry = TimeSpan.FromMilliseconds(2),
        };
        using var destination = CloudWatchRig.Build(options, CloudWatchRig.Fixed(StandInCredentials.Example), TimeProvider.System, new LogLines<CloudWatchDestination>());

        var result = await destination.SendAsync(Batches.Of("a"), Cancellation);

        Assert.Contains("Connection refused", Assert.IsType<SendResult.Unavailable>(result).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StandInFault.DropBefore)]
    [InlineData(StandInFault.InternalError)]
    public async Task What_a_moment_heals_is_tried_again_at_once(StandInFault fault)
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        shipping.Service.Faults.Begin(fault, times: 2);

        var result = await shipping.Destination.SendAsync(Batches.Of("a"), Cancellation);

        Assert.Same(SendResult.StoredAll, result);
    }

    [Fact]
    public async Task Throttling_is_answered_rather_than_pressed_on()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        shipping.Service.Faults.Begin(StandInFault.Throttle);

        var result = await shipping.Destination.SendAsync(Batches.Of("a"), Cancellation);

        Assert.IsType<SendResult.Throttled>(result);
        Assert.Equal(1, shipping.Service.Calls("PutLogEvents"));
    }

    [Fact]
    public async Task Cancelling_ends_a_call_that_hangs()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        shipping.Service.Faults.Begin(StandInFault.Hang);
        using var stop = new CancellationTokenSource();
        var sending = shipping.Destination.SendAsync(Batches.Of("a"), stop.Token);
        await Eventually.TrueAsync(() => shipping.Service.Faults.Served == 1, cancellation: Cancellation);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task Batches_for_many_streams_at_once_all_arrive()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        shipping.Service.Faults.Begin(StandInFault.Throttle, times: 20);
        var targets = Enumerable.Range(0, 20).Select(i => new StreamTarget("/app/orders", $"stream-{i}")).ToList();

        await Task.WhenAll(targets.Select(t => shipping.SendAsync(Batches.Bytes(t, (Batches.NowMs, [65])))));

        Assert.All(targets, t => Assert.Single(shipping.Service.Events(t.Group, t.Stream)));
    }

    [Fact]
    public async Task The_largest_batches_that_the_service_allows_are_stored()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        var now = Batches.NowMs;
        var largest = new byte[BatchLimits.MaxMessageBytes];
        largest.AsSpan().Fill((byte)'\u0001');

        var one = await shipping.Destination.SendAsync(Batches.Bytes(Batches.Target, (now, largest)), Cancellation);
        var many = await shipping.SendAsync(Batches.Numbered(BatchLimits.MaxEvents));

        Assert.Same(SendResult.StoredAll, one);
        Assert.Same(SendResult.StoredAll, many);
        Assert.Equal(BatchLimits.MaxEvents + 1, shipping.Stored.Count);
        Assert.Equal(largest, shipping.Service.Events(Batches.Target.Group, Batches.Target.Stream)[0].Message);
    }

    [Fact]
    public async Task Rejected_events_are_named_and_the_others_stored()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync(o => o with { RetentionDays = 3 });
        await shipping.SendAsync("creates the group");
        await Eventually.EqualAsync(3, () => shipping.Service.Groups.Single().RetentionDays ?? 0, cancellation: Cancellation);
        var now = Batches.NowMs;
        var day = (long)TimeSpan.FromDays(1).TotalMilliseconds;

        var result = await shipping.Destination.SendAsync(
            Batches.Timed((now - 20 * day, "old"), (now - 5 * day, "expired"), (now - 4 * day, "expired"), (now, "a"), (now, "b"), (now + day / 8, "new")), Cancellation);

        var stored = Assert.IsType<SendResult.Stored>(result);
        Assert.Equal(
            [new(RejectionReason.TooOld, 0, 1), new(RejectionReason.Expired, 1, 2), new(RejectionReason.TooNew, 5, 1)], stored.Rejected);
        Assert.Equal(["creates the group", "a", "b"], shipping.Stored);
    }

    [Fact]
    public async Task A_batch_that_breaks_a_rule_is_handed_back_at_once()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        var now = Batches.NowMs;

        var result = await shipping.Destination.SendAsync(Batches.Timed((now, "later"), (now - 1, "earlier")), Cancellation);

        Assert.Contains("chronological", Assert.IsType<SendResult.Poison>(result).Reason, StringComparison.Ordinal);
        Assert.Single(shipping.Service.RuleViolations);
    }

    [Fact]
    public async Task A_clock_that_is_two_hours_off_is_corrected_once()
    {
        var late = new ManualTime(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(90));
        await using var shipping = await CloudWatchRig.ToStandInAsync(service: new StandInOptions { Time = late });

        await shipping.SendAsync("a");
        await shipping.SendAsync("b");

        Assert.Equal(["a", "b"], shipping.Stored);
        Assert.StartsWith("Signature expired", Assert.Single(shipping.Service.SignatureFailures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_is_a_refusal()
    {
        var wrong = StandInCredentials.Example with { SecretKey = "wrong" };
        await using var shipping = await CloudWatchRig.ToStandInAsync(credentials: CloudWatchRig.Fixed(wrong));

        var result = await shipping.Destination.SendAsync(Batches.Of("a"), Cancellation);

        Assert.Contains("InvalidSignatureException", Assert.IsType<SendResult.Refused>(result).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_token_is_sent_and_signed()
    {
        var session = StandInCredentials.Example with { SessionToken = "FwoGZXIvYXdzEBYaDH+/==" };
        await using var shipping = await CloudWatchRig.ToStandInAsync(service: new StandInOptions { Credentials = [session] });

        await shipping.SendAsync("a");

        Assert.Equal(["a"], shipping.Stored);
        Assert.Empty(shipping.Service.SignatureFailures);
    }

    [Fact]
    public async Task Credentials_are_looked_for_at_every_try()
    {
        var left = 3;
        await using var shipping = await CloudWatchRig.ToStandInAsync(credentials: cancellation => left-- > 0
            ? throw new Amazon.Runtime.AmazonClientException("Failed to resolve AWS credentials.\nException 1 of 1: no process")
            : CloudWatchRig.Fixed(StandInCredentials.Example)(cancellation));

        await shipping.SendAsync("a");

        Assert.Equal(["a"], shipping.Stored);
        Assert.Equal(3, shipping.Answers.Count(one => one is SendResult.Refused r && r.Reason.Contains("no AWS credentials: neither", StringComparison.Ordinal)));
        Assert.Equal(0, shipping.Service.Calls("PutLogEvents") - 2);
    }
}
