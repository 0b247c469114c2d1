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
        await using var shipping = await Shipping.ToStandInAsync(o => o with
        {
            RetentionDays = 14,
            GroupClass = "INFREQUENT_ACCESS",
            KmsKeyId = "arn:aws:kms:eu-west-1:123456789012:key/1",
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = "orders" },
        });

        await shipping.SendAsync("a");

        var group = Assert.Single(shipping.Service.Groups);
        Assert.Equal((14, "INFREQUENT_ACCESS", "arn:aws:kms:eu-west-1:123456789012:key/1"), (group.RetentionDays, group.Class, group.KmsKeyId));
        Assert.Equal("orders", group.Tags["team"]);
        Assert.DoesNotContain(shipping.Log.Lines, l => l.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_group_created_without_retention_is_warned_of()
    {
        await using var shipping = await Shipping.ToStandInAsync();

        await shipping.SendAsync("a");

        Assert.Single(shipping.Log.Lines, l => l.StartsWith("Warning: Created log group /app/orders without retention", StringComparison.Ordinal));
        Assert.Null(Assert.Single(shipping.Service.Groups).RetentionDays);
    }

    [Fact]
    public async Task A_retention_that_fails_at_first_stops_no_batch_and_is_set_later()
    {
        await using var shipping = await Shipping.ToStandInAsync(o => o with { RetentionDays = 7 });
        shipping.Service.Faults.Begin(StandInFault.InternalError, times: 1, operation: "PutRetentionPolicy");

        await shipping.SendAsync("a");
        var before = shipping.Service.Groups.Single().RetentionDays;
        await Eventually.TrueAsync(
            async () =>
            {
                await shipping.SendAsync("more");
                return shipping.Service.Groups.Single().RetentionDays == 7;
            });

        Assert.Null(before);
        Assert.Equal(2, shipping.Service.Calls("PutRetentionPolicy"));
    }

    [Fact]
    public async Task A_retention_that_is_refused_is_said_and_not_asked_for_again()
    {
        await using var shipping = await Shipping.ToStandInAsync(o => o with { RetentionDays = 7 });
        shipping.Service.Faults.Begin(StandInFault.AccessDenied, operation: "PutRetentionPolicy");

        await shipping.SendAsync("a");
        await shipping.SendAsync("b");

        Assert.Equal(["a", "b"], shipping.Stored);
        Assert.Equal(1, shipping.Service.Calls("PutRetentionPolicy"));
        Assert.Single(shipping.Log.Lines, l => l.Contains("was refused (AccessDeniedException", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_leave_to_create_groups_events_wait_until_someone_does()
    {
        await using var shipping = await Shipping.ToStandInAsync(o => o with { CreateGroup = false });

        var sending = shipping.SendAsync("a");
        await Eventually.TrueAsync(() => shipping.Log.Lines.Count > 0);
        using var operators = Shipping.ClientOf(
            new CloudWatchOptions { Endpoint = shipping.Service.Url, Region = shipping.Service.Region },
            Shipping.Fixed(shipping.Service.Credentials), new HttpClient(), TimeProvider.System);
        await operators.CallAsync("CreateLogGroup", JsonSerializer.SerializeToUtf8Bytes(new { logGroupName = "/app/orders" }), Cancellation);
        await sending;

        Assert.Equal(["a"], shipping.Stored);
        Assert.Contains("LOGS_CREATE_GROUP=false", shipping.Log.Lines[0], StringComparison.Ordinal);
        Assert.Equal(1, shipping.Service.Calls("CreateLogGroup"));
    }

    [Fact]
    public async Task A_stream_name_that_the_service_never_takes_is_not_blamed_on_the_events()
    {
        await using var shipping = await Shipping.ToStandInAsync();
        using var stop = new CancellationTokenSource();
        var batch = Batches.Bytes(new StreamTarget("/app/orders", "a:b"), (Batches.NowMs, [65]));

        var sending = shipping.Destination.SendAsync(batch, stop.Token);
        await Eventually.TrueAsync(() => shipping.Log.Lines.Any(l => l.StartsWith("Error: CloudWatch refuses the events of 'a:b'", StringComparison.Ordinal)));
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task Two_agents_that_start_together_create_one_group_and_both_ship()
    {
        await using var shipping = await Shipping.ToStandInAsync(o => o with { RetentionDays = 7 });
        var targets = Enumerable.Range(0, 8).Select(i => new StreamTarget("/app/new", $"pod-{i}")).ToList();
        var options = new CloudWatchOptions { Endpoint = shipping.Service.Url, Region = shipping.Service.Region, RetentionDays = 7 };
        using var other = Shipping.Build(options, Shipping.Fixed(shipping.Service.Credentials), TimeProvider.System, new LogLines<CloudWatchDestination>());

        await Task.WhenAll(targets.Select((t, i) =>
            (i % 2 == 0 ? shipping.Destination : other).SendAsync(Batches.Bytes(t, (Batches.NowMs, [65])), Cancellation)));

        Assert.All(targets, t => Assert.Single(shipping.Service.Events(t.Group, t.Stream)));
        Assert.Equal(7, Assert.Single(shipping.Service.Groups).RetentionDays);
    }
}
