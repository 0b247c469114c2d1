using System.Text;
using System.Text.RegularExpressions;
using Sidecar.Adapter.Probes.Content;

namespace Sidecar.Adapter.Tests.Probes.Content;

public sealed class JsonTestTests
{
    private const string Body =
        """{"status":"UP","queue":{"length":120,"full":false},"checks":[{"state":"ok"},{"state":"bad"}],"a name":1,"none":null,"nan":"NaN"}""";

    [Theory]
    [InlineData("$.status in UP,ok,pass")]
    [InlineData("$.status = UP")]
    [InlineData("$.status == UP")]
    [InlineData("$.status != DOWN")]
    [InlineData("$.status not in DOWN,OUT_OF_SERVICE")]
    [InlineData("$.queue.length < 121")]
    [InlineData("$.queue.length <= 120")]
    [InlineData("$.queue.length > 1e2")]
    [InlineData("$.queue.length >= 120")]
    [InlineData("$.queue.length = 120.0")]
    [InlineData("$.queue.full = false")]
    [InlineData("$.checks[0].state = ok")]
    [InlineData("$['a name'] = 1")]
    [InlineData("$.none = null")]
    [InlineData("$.queue exists")]
    public void What_holds_is_no_trouble(string test)
    {
        Assert.Null(Trouble(test, Body));
    }

    [Theory]
    [InlineData("$.status in ok,pass", "$.status is UP, expected ok or pass")]
    [InlineData("$.queue.length < 100", "$.queue.length is 120, expected < 100")]
    [InlineData("$.checks[1].state = ok", "$.checks[1].state is bad, expected ok")]
    [InlineData("$.checks[2].state = ok", "$.checks[2].state is not in the body")]
    [InlineData("$.nothing exists", "$.nothing is not in the body")]
    [InlineData("$.status.below = 1", "$.status.below is not in the body")]
    [InlineData("$.queue = 1", "$.queue is an object, expected 1")]
    [InlineData("$.nan < 5", "$.nan is NaN, expected < 5")]
    [InlineData("$.nan > 5", "$.nan is NaN, expected > 5")]
    public void What_does_not_hold_says_what_was_seen_and_what_was_expected(string test, string trouble)
    {
        Assert.Equal(trouble, Trouble(test, Body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{\"other\":")]
    [InlineData("{]")]
    public void What_is_no_JSON_is_said_to_be_none(string body)
    {
        Assert.Equal("the body is not JSON", Trouble("$.status = UP", body));
    }

    [Fact]
    public void Of_a_huge_text_only_what_stands_before_the_value_has_to_be_there()
    {
        Assert.Null(JsonTest.Read("$.status = UP").Value.Trouble("{\"first\":[1,2],\"status\":\"UP\",\"rest\":[1,"u8, isCut: true, "the body"));
        Assert.Equal("$.late is not in the body", JsonTest.Read("$.late = UP").Value.Trouble("{\"first\":[1,2],\"sta"u8, isCut: true, "the body"));
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        var random = new Random(20261122);
        var test = JsonTest.Read("$.checks[1].state = ok").Value;
        for (var round = 0; round < 20_000; round++)
        {
            var broken = Encoding.UTF8.GetBytes(Body);
            for (var hits = random.Next(1, 6); hits > 0; hits--)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);

            Assert.NotEqual("", test.Trouble(broken.AsSpan(0, random.Next(broken.Length + 1)), random.Next(2) == 0, "the body"));
        }
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_a_content()
    {
        var rules = ContentRules.None with { Json = [JsonTest.Read("$.status = UP").Value], Match = new Regex("^{", RegexOptions.NonBacktracking) };

        Assert.Null(rules.Trouble([0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Body)], isCut: false, "the file"));
        Assert.Equal("the file does not match", rules.Trouble([0xef, 0xbb], isCut: false, "the file"));
    }

    private static string? Trouble(string test, string body) => JsonTest.Read(test).Value.Trouble(Encoding.UTF8.GetBytes(body), isCut: false, "the body");
}
