using System.Text.Json;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

public sealed class MissingTargetsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_group_is_created_as_the_settings_say()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync(o => o with
        {
            RetentionDays = 14,
            GroupClass = "INFREQUENT_ACCESS",
            KmsKeyId = "arn:aws:kms:eu-west-1:123456789012:key/1",
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = "orders" },
        });

        await shipping.SendAsync("a");
        await Eventually.TrueAsync(() => shipping.Service.Groups.Single().RetentionDays is not null, cancellation: Cancellation);

        var group = Assert.Single(shipping.Service.Groups);
        Assert.Equal((14, "INFREQUENT_ACCESS", "arn:aws:kms:eu-west-1:123456789012:key/1"), (group.RetentionDays, group.Class, group.KmsKeyId));
        Assert.Equal("orders", group.Tags["team"]);
        Assert.DoesNotContain(shipping.Log.Lines, l => l.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_group_created_without_retention_is_warned_of()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();

        await shipping.SendAsync("a");

        Assert.Single(shipping.Log.Lines, l => l.StartsWith("Warning: Created log group /app/orders without retention", StringComparison.Ordinal));
        Assert.Null(Assert.Single(shipping.Service.Groups).RetentionDays);
    }

    [Fact]
    public async Task A_retention_that_fails_stops_no_batch_is_said_once_and_is_set_later_by_itself()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync(o => o with { RetentionDays = 7 });
        shipping.Service.Faults.Begin(StandInFault.AccessDenied, times: 3, operation: "PutRetentionPolicy");

        await shipping.SendAsync("a");

        await Eventually.TrueAsync(() => shipping.Service.Groups.Single().RetentionDays == 7, cancellation: Cancellation);
        Assert.Equal(["a"], shipping.Stored);
        Assert.Equal(4, shipping.Service.Calls("PutRetentionPolicy"));
        Assert.Single(shipping.Log.Lines, l => l.Contains("setting it to 7 days failed (AccessDeniedException", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_retention_call_that_hangs_does_not_hold_up_shipping()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync(o => o with { RetentionDays = 7 });
        shipping.Service.Faults.Begin(StandInFault.Hang, operation: "PutRetentionPolicy");

        await shipping.SendAsync("a");
        await shipping.SendAsync("b");

        Assert.Equal(["a", "b"], shipping.Stored);
    }

    [Fact]
    public async Task A_group_that_someone_else_is_creating_at_this_moment_is_asked_for_again()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        shipping.Service.Faults.Begin(StandInFault.OperationAborted, times: 4, operation: "CreateLogGroup");

        await shipping.SendAsync("a");

        Assert.Equal(["a"], shipping.Stored);
    }

    [Fact]
    public async Task Without_leave_to_create_groups_events_wait_until_someone_does()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync(o => o with { CreateGroup = false });

        var sending = shipping.SendAsync("a");
        await Eventually.TrueAsync(() => shipping.Service.Calls("CreateLogStream") > 1);
        using var operators = CloudWatchRig.ClientOf(
            new CloudWatchOptions { Endpoint = shipping.Service.Url, Region = shipping.Service.Region },
            CloudWatchRig.Fixed(shipping.Service.Credentials), new HttpClient(), TimeProvider.System);
        await operators.CallAsync("CreateLogGroup", JsonSerializer.SerializeToUtf8Bytes(new { logGroupName = "/app/orders" }), Cancellation);
        await sending;

        Assert.Equal(["a"], shipping.Stored);
        Assert.Contains("LOGS_CREATE_GROUP=false", Assert.IsType<SendResult.Refused>(shipping.Answers[0]).Reason, StringComparison.Ordinal);
        Assert.Equal(1, shipping.Service.Calls("CreateLogGroup"));
    }

    [Fact]
    public async Task A_stream_name_that_the_service_never_takes_is_not_blamed_on_the_events()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        var batch = Batches.Bytes(new StreamTarget("/app/orders", "a:b"), (Batches.NowMs, [65]));

        var result = await shipping.Destination.SendAsync(batch, Cancellation);

        Assert.Contains("logStreamName", Assert.IsType<SendResult.Refused>(result).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_agents_that_start_together_create_one_group_and_both_ship()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync(o => o with { RetentionDays = 7 });
        var targets = Enumerable.Range(0, 8).Select(i => new StreamTarget("/app/new", $"pod-{i}")).ToList();
        var options = new CloudWatchOptions { Endpoint = shipping.Service.Url, Region = shipping.Service.Region, RetentionDays = 7 };
        using var other = CloudWatchRig.Build(options, CloudWatchRig.Fixed(shipping.Service.Credentials), TimeProvider.System, new LogLines<CloudWatchDestination>());

        await Task.WhenAll(targets.Select((t, i) =>
            (i % 2 == 0 ? shipping.Destination : other).SendAsync(Batches.Bytes(t, (Batches.NowMs, [65])), Cancellation)));

        Assert.All(targets, t => Assert.Single(shipping.Service.Events(t.Group, t.Stream)));
        await Eventually.EqualAsync(7, () => Assert.Single(shipping.Service.Groups).RetentionDays ?? 0, cancellation: Cancellation);
    }
}
