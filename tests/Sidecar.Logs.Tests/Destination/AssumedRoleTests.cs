using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Sidecar.Logs.Destination;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

/// LOGS_ROLE_ARN: STS gives the credentials with which events are sent.
public sealed class AssumedRoleTests
{
    private const string Arn = "arn:aws:iam::123456789012:role/logs-writer";

    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_are_sent_in_the_name_of_the_role_which_is_asked_for_once()
    {
        await using var sts = await StsStandIn.StartAsync(new StsOptions { ExternalId = "orders-7f3a" });
        await using var shipping = await ShippingAsAsync(sts, role => role with { SessionName = "orders", ExternalId = "orders-7f3a" });

        await shipping.SendAsync("a");
        await shipping.SendAsync("b");

        Assert.Equal(["a", "b"], shipping.Stored);
        Assert.Empty(shipping.Service.SignatureFailures);
        var asked = Assert.Single(sts.Asked);
        Assert.Equal(("AssumeRole", Arn, "orders"), (asked["Action"], asked["RoleArn"], asked["RoleSessionName"]));
    }

    [Fact]
    public async Task Credentials_of_the_role_are_renewed_before_they_run_out()
    {
        await using var sts = await StsStandIn.StartAsync(new StsOptions { Time = _time });
        await using var shipping = await ShippingAsAsync(sts);
        await shipping.SendAsync("first");

        _time.Advance(TimeSpan.FromMinutes(54));
        await shipping.SendAsync("with the first");
        _time.Advance(TimeSpan.FromMinutes(2));
        await shipping.SendAsync("with the second");

        Assert.Equal(2, sts.Asked.Count);
        Assert.Empty(shipping.Service.SignatureFailures);
        Assert.Equal(3, shipping.Stored.Count);
    }

    [Fact]
    public async Task While_STS_fails_the_credentials_that_still_hold_are_used_on_and_then_the_reason_is_said()
    {
        await using var sts = await StsStandIn.StartAsync(new StsOptions { Time = _time });
        await using var shipping = await ShippingAsAsync(sts);
        await shipping.SendAsync("first");
        sts.Refusal = new ServiceError(403, "AccessDenied", "not authorized to perform: sts:AssumeRole");

        _time.Advance(TimeSpan.FromMinutes(56));
        await shipping.SendAsync("still");
        await shipping.SendAsync("asked half a minute later at the earliest");
        var askedMeanwhile = sts.Asked.Count;
        _time.Advance(TimeSpan.FromMinutes(5));
        var refused = await shipping.Destination.SendAsync(Batches.Of("last"), Cancellation);
        sts.Refusal = null;
        await shipping.SendAsync("last");

        Assert.Equal(2, askedMeanwhile);
        Assert.Equal(
            new SendResult.Refused(Arn + " can't be assumed: AccessDenied: not authorized to perform: sts:AssumeRole"), refused);
        Assert.Equal(["first", "still", "asked half a minute later at the earliest", "last"], shipping.Stored);
        Assert.Empty(shipping.Service.SignatureFailures);
    }

    [Fact]
    public async Task Credentials_that_the_service_takes_for_expired_are_renewed_whatever_they_said_of_their_end()
    {
        await using var sts = await StsStandIn.StartAsync(new StsOptions { Time = _time });
        await using var shipping = await ShippingAsAsync(sts);
        await shipping.SendAsync("a");
        shipping.Service.Faults.Begin(StandInFault.ExpiredToken, times: 1);

        await shipping.SendAsync("b");

        Assert.Equal(["a", "b"], shipping.Stored);
        Assert.Equal(2, sts.Asked.Count);
    }

    [Fact]
    public async Task The_wrong_external_id_and_no_answer_at_all_are_refusals_that_say_why()
    {
        await using var sts = await StsStandIn.StartAsync(new StsOptions { ExternalId = "orders-7f3a" });
        await using var shipping = await ShippingAsAsync(sts);
        var wrong = await shipping.Destination.SendAsync(Batches.Of("a"), Cancellation);
        var held = new TaskCompletionSource();
        sts.Held = held.Task;

        var unanswered = shipping.Destination.SendAsync(Batches.Of("a"), Cancellation);
        await Eventually.EqualAsync(2, () => sts.Asked.Count, cancellation: Cancellation);
        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Contains("can't be assumed: AccessDenied: User: ", Assert.IsType<SendResult.Refused>(wrong).Reason, StringComparison.Ordinal);
        Assert.Contains("no answer of STS within 10 s", Assert.IsType<SendResult.Refused>(await unanswered).Reason, StringComparison.Ordinal);
        held.SetResult();
    }

    [Fact]
    public async Task An_STS_that_is_not_there_is_a_refusal_that_says_so()
    {
        await using var sts = await StsStandIn.StartAsync();
        await using var shipping = await ShippingAsAsync(sts, role => role with { Endpoint = new Uri($"http://127.0.0.1:{FreePort.Next()}") });

        var refused = Assert.IsType<SendResult.Refused>(await shipping.Destination.SendAsync(Batches.Of("a"), Cancellation));

        Assert.Contains("Connection refused", refused.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eu-west-1", false, false, "https://sts.eu-west-1.amazonaws.com/")]
    [InlineData("us-east-1", true, false, "https://sts-fips.us-east-1.amazonaws.com/")]
    [InlineData("us-east-1", true, true, "https://sts-fips.us-east-1.api.aws/")]
    [InlineData("eu-west-1", false, true, "https://sts.eu-west-1.api.aws/")]
    [InlineData("us-gov-west-1", true, false, "https://sts.us-gov-west-1.amazonaws.com/")]
    [InlineData("us-gov-west-1", true, true, "https://sts-fips.us-gov-west-1.api.aws/")]
    [InlineData("cn-north-1", false, false, "https://sts.cn-north-1.amazonaws.com.cn/")]
    public void STS_is_asked_in_the_region_by_the_rules_of_its_partition(string region, bool fips, bool dualStack, string expected)
    {
        using var role = new AssumedRole(
            new CloudWatchOptions { UseFips = fips, UseDualStack = dualStack }, new RoleOptions(Arn), new ServerClock(_time), _time);
        using var sts = new AmazonSecurityTokenServiceClient("AKIDEXAMPLE", "secret", role.ConfigFor(region));

        Assert.Equal(expected, sts.DetermineServiceOperationEndpoint(new AssumeRoleRequest()).URL);
    }

    private Task<CloudWatchRig> ShippingAsAsync(StsStandIn sts, Func<RoleOptions, RoleOptions>? change = null)
    {
        var role = new RoleOptions(Arn) { Endpoint = sts.Url };
        return CloudWatchRig.ToStandInAsync(
            options => options with { Role = change?.Invoke(role) ?? role },
            new StandInOptions { Credentials = sts.Issued, Time = _time },
            CloudWatchRig.Fixed(StandInCredentials.Example),
            _time);
    }
}
