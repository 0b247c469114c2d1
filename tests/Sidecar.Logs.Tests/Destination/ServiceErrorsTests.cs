using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Logs.Destination;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

public sealed class ServiceErrorsTests
{
    [Theory]
    [InlineData("ThrottlingException")]
    [InlineData("com.amazonaws.logs#ThrottlingException")]
    [InlineData("com.amazonaws.logs#ThrottlingException:http://internal.amazon.com/coral/com.amazonaws.logs/")]
    [InlineData("ThrottlingException:http://internal.amazon.com/coral/com.amazonaws.logs/")]
    public void A_type_counts_without_what_it_is_dressed_in(string type)
    {
        Assert.Equal("ThrottlingException", ServiceAnswer.Bare(type));
    }

    [Theory]
    [InlineData(400, """{"__type":"ns#ThrottlingException","message":"Rate exceeded"}""", null)]
    [InlineData(400, "", "ThrottlingException:http://internal/")]
    [InlineData(400, "<html>", "ThrottlingException")]
    [InlineData(400, "[]", "ThrottlingException")]
    [InlineData(429, "", null)]
    public async Task Throttling_is_known_however_it_is_said(int status, string body, string? header)
    {
        var service = new CannedService((status, body, header));

        Assert.IsType<SendResult.Throttled>(await SendAsync(service));
        Assert.Equal(1, service.Calls);
    }

    [Theory]
    [InlineData(500, """{"__type":"InternalFailure"}""")]
    [InlineData(502, "<html>Bad gateway</html>")]
    [InlineData(400, "<html>captive portal</html>")]
    [InlineData(301, "")]
    [InlineData(200, "<html>Welcome to our hotel</html>")]
    [InlineData(200, "")]
    [InlineData(200, "[]")]
    public async Task What_says_nothing_about_the_events_is_no_acknowledgement_and_no_blame(int status, string body)
    {
        Assert.IsType<SendResult.Unavailable>(await SendAsync(new CannedService((status, body, null))));
    }

    [Theory]
    [InlineData(403, """{"__type":"AccessDeniedException","Message":"no"}""")]
    [InlineData(403, "<html>Blocked by the network's policy</html>")]
    [InlineData(407, "")]
    public async Task What_someone_outside_has_to_change_is_a_refusal(int status, string body)
    {
        Assert.IsType<SendResult.Refused>(await SendAsync(new CannedService((status, body, null))));
    }

    [Theory]
    [InlineData(400, """{"__type":"InvalidParameterException","message":"Log event too large"}""")]
    [InlineData(400, """{"__type":"SerializationException"}""")]
    [InlineData(413, "<html>Request Entity Too Large</html>")]
    public async Task What_blames_the_events_is_handed_back(int status, string body)
    {
        Assert.IsType<SendResult.Poison>(await SendAsync(new CannedService((status, body, null))));
    }

    [Fact]
    public async Task Indexes_beyond_the_batch_reject_no_more_than_the_batch()
    {
        var service = new CannedService((200, """{"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":99,"expiredLogEventEndIndex":7,"tooNewLogEventStartIndex":-4}}""", null));

        var stored = Assert.IsType<SendResult.Stored>(await SendAsync(service));

        Assert.Equal([new Rejection(RejectionReason.TooOld, 0, 2)], stored.Rejected);
    }

    private static async Task<SendResult> SendAsync(CannedService service)
    {
        var options = new CloudWatchOptions { Endpoint = new Uri("http://127.0.0.1:1"), Region = "eu-west-1", FirstRetry = TimeSpan.FromMilliseconds(1) };
        var client = CloudWatchRig.ClientOf(options, CloudWatchRig.Fixed(StandInCredentials.Example), new HttpClient(service), TimeProvider.System);
        using var destination = new CloudWatchDestination(client, options, TimeProvider.System, () => 0.5, NullLogger<CloudWatchDestination>.Instance);
        return await destination.SendAsync(Batches.Of("a", "b"), TestContext.Current.CancellationToken);
    }
}
