using System.Text;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Tests.Probes.Http;

public sealed class DialectTests
{
    [Theory]
    [InlineData("spring", 200, """{"status":"UP","groups":["liveness","readiness"]}""", "pass: status 200, UP")]
    [InlineData("spring", 503, """{"status":"DOWN","components":{"db":{"status":"DOWN"},"ping":{"status":"UP"},"disk":{"status":"OUT_OF_SERVICE"}}}""", "fail: status 503, DOWN (db, disk), expected 200-399")]
    [InlineData("spring", 200, """{"status":"UNKNOWN"}""", "warn: status 200, UNKNOWN")]
    [InlineData("spring", 200, """{"status":"OUT_OF_SERVICE"}""", "fail: status 200, OUT_OF_SERVICE")]
    [InlineData("spring", 200, "<html>please log in</html>", "fail: status 200, but the body is not spring")]
    [InlineData("spring", 200, """{"status":"FROZEN"}""", "fail: status 200, but the body is not spring")]
    [InlineData("aspnet", 200, "Healthy", "pass: status 200, Healthy")]
    [InlineData("aspnet", 200, "Degraded", "warn: status 200, Degraded")]
    [InlineData("aspnet", 503, "Unhealthy", "fail: status 503, Unhealthy, expected 200-399")]
    [InlineData("aspnet", 200, """{"status":"Degraded","entries":{"redis":{"status":"Degraded"},"sql":{"status":"Healthy"}}}""", "warn: status 200, Degraded (redis)")]
    [InlineData("microprofile", 503, """{"status":"DOWN","checks":[{"name":"db","status":"DOWN","data":{}},{"name":"jms","status":"UP"}]}""", "fail: status 503, DOWN (db), expected 200-399")]
    [InlineData("microprofile", 200, """{"outcome":"UP","checks":[]}""", "pass: status 200, UP")]
    [InlineData("health+json", 200, """{"status":"warn","checks":{"cpu:utilization":[{"status":"pass"},{"status":"warn"}],"uptime":[{"status":"pass"}]}}""", "warn: status 200, warn (cpu:utilization)")]
    [InlineData("microprofile", 503, """{"outcome":"DOWN","checks":[{"name":"queue","state":"DOWN"},{"name":"db","state":"UP"}]}""", "fail: status 503, DOWN (queue), expected 200-399")]
    [InlineData("microprofile", 200, """{"state":"UP"}""", "fail: status 200, but the body is not microprofile")]
    [InlineData("health+json", 200, """{"status":"fail"}""", "fail: status 200, fail")]
    [InlineData("sidecar", 200, "ok\n", "pass: status 200, ok")]
    [InlineData("sidecar", 200, "ok\ndegraded: delivery: throttled\n", "warn: status 200, ok (degraded: delivery: throttled)")]
    [InlineData("sidecar", 503, "not ok\ndraining\nstarted: not yet\n", "fail: status 503, not ok (draining; started: not yet), expected 200-399")]
    [InlineData("sidecar", 200, "welcome to nginx", "fail: status 200, but the body is not sidecar")]
    public void Its_own_words_decide_and_name_the_parts_that_are_not_well(string preset, int status, string body, string expected)
    {
        var result = Expecting(preset).Judge(status, "", Encoding.UTF8.GetBytes(body), isCut: false);

        Assert.Equal(expected, $"{result.Outcome}: {result.Reason}");
    }

    [Theory]
    [InlineData("spring", 503, """{"status":"DOWN","components":{"Müller":{"status":"DOWN"}}}""", "fail: status 503, DOWN (Müller), expected 200-399")]
    [InlineData("microprofile", 503, """{"status":"DOWN","checks":[{"name":"Müller","status":"DOWN"}]}""", "fail: status 503, DOWN (Müller), expected 200-399")]
    [InlineData("spring", 200, """{"status":"ü"}""", "fail: status 200, but the body is not spring")]
    public void A_page_in_Latin_1_is_judged_like_any_other(string preset, int status, string body, string expected)
    {
        var result = Expecting(preset).Judge(status, "", Encoding.Latin1.GetBytes(body), isCut: false);

        Assert.Equal(expected, $"{result.Outcome}: {result.Reason}");
    }

    [Theory]
    [InlineData("spring", """{"status":"DOWN","components":{"db":{"status":"DOWN"},"\ud800":{"status":"DOWN"},"mq":{"status":"DOWN"}}}""", "status 503, DOWN (db, one whose name can't be read), expected 200-399")]
    [InlineData("microprofile", """{"status":"DOWN","checks":[{"name":"\ud800","status":"DOWN"}]}""", "status 503, DOWN (one whose name can't be read), expected 200-399")]
    [InlineData("microprofile", """{"status":"DOWN","checks":[[{"name":"db","status":"DOWN"}],7,"x",null]}""", "status 503, DOWN (one whose name can't be read), expected 200-399")]
    [InlineData("spring", """{"\ud800":1,"status":"DOWN"}""", null)]
    [InlineData("spring", """{"status":"\ud800"}""", "status 503, expected 200-399")]
    public void Names_that_are_no_text_leave_the_verdict_as_it_is(string preset, string body, string? reason)
    {
        var result = Expecting(preset).Judge(503, "", Encoding.UTF8.GetBytes(body), isCut: false);

        Assert.Equal(Answer.Fail, result.Answer);
        if (reason is not null)
            Assert.Equal(reason, result.Reason);
    }

    [Fact]
    public void No_page_makes_it_throw()
    {
        var random = new Random(20261123);
        var page = Encoding.UTF8.GetBytes("""{"status":"DOWN","components":{"d\u0062":{"status":"DOWN"},"\ud83d\ude00":{"status":"UP"}},"checks":[{"name":"mq","state":"DOWN"}]}""");
        foreach (var preset in (string[])["spring", "aspnet", "microprofile", "health+json", "sidecar"])
        {
            for (var round = 0; round < 5_000; round++)
            {
                var broken = page.ToArray();
                for (var hits = random.Next(1, 4); hits > 0; hits--)
                    broken[random.Next(broken.Length)] = (byte)random.Next(256);

                Assert.Equal(Answer.Fail, Expecting(preset).Judge(503, "", broken, isCut: false).Answer);
            }
        }
    }

    [Theory]
    [InlineData("spring", """{"status":"UP"}""", "pass: status 200, UP")]
    [InlineData("aspnet", "Healthy", "pass: status 200, Healthy")]
    [InlineData("sidecar", "ok\n", "pass: status 200, ok")]
    public void A_byte_order_mark_is_no_part_of_the_page(string preset, string body, string expected)
    {
        var result = Expecting(preset).Judge(200, "", [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(body)], isCut: false);

        Assert.Equal(expected, $"{result.Outcome}: {result.Reason}");
    }

    [Fact]
    public void Of_many_parts_that_are_not_well_the_first_few_are_named()
    {
        var parts = string.Join(',', Enumerable.Range(1, 9).Select(number => $$"""{"name":"p{{number}}","status":"DOWN"}"""));

        var result = Expecting("microprofile").Judge(200, "", Encoding.UTF8.GetBytes($$"""{"status":"DOWN","checks":[{{parts}}]}"""), isCut: false);

        Assert.Equal("status 200, DOWN (p1, p2, p3, p4, p5 and more)", result.Reason);
    }

    private static HttpExpectation Expecting(string preset) =>
        new(NumberRanges.Read("200-399", 100, 599).Value, ContentRules.None, Dialect.Read(preset).Value);
}
