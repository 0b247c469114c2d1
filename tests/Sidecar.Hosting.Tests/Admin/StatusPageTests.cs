using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Tests.Admin;

/// The page at / as its text; Sidecar.Browser.Tests looks at it with a browser.
public sealed class StatusPageTests
{
    private const string Hostile = "<img src=x onerror=alert(1)>\"'`</script><script>alert(2)</script>&amp;";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_says_first_how_the_agent_is_then_what_is_wrong_and_what_to_do()
    {
        await using var sidecar = await RunningSidecar.StartAsync(Showing(state => state.Degraded("route db", "Look at the database.").Begin("connection refused")));

        var page = await sidecar.Http.GetStringAsync("/", Cancellation);

        Assert.Contains("<title>degraded - sidecar-adapter</title>", page);
        Assert.Matches("(?s)<h1[^>]*>sidecar-adapter is degraded</h1>.*<h3>route db .*connection refused.*Look at the database\\..*<h2>The last hour</h2>", page);
    }

    [Fact]
    public async Task Nothing_that_anybody_outside_named_becomes_markup()
    {
        await using var sidecar = await RunningSidecar.StartAsync(
            Showing(
                state =>
                {
                    state.Degraded(Hostile, Hostile).Begin(Hostile);
                    state.Rate(Hostile, Hostile, () => 1);
                    state.Section(Hostile, () => new JsonArray(Row(Hostile, Hostile)), Table(Hostile));
                    state.Section("plain", () => new JsonObject { [Hostile] = Hostile });
                },
                Hostile));

        var page = await sidecar.Http.GetStringAsync("/", Cancellation);

        Assert.DoesNotContain("<img", page);
        Assert.DoesNotContain("alert(1)\"", page);
        Assert.Single(Regex.Matches(page, "<script"));
        Assert.True(Regex.Count(page, "&lt;img src=x onerror=alert\\(1\\)&gt;&quot;") > 8);
    }

    [Fact]
    public async Task The_policy_takes_this_style_and_this_script_and_nothing_else()
    {
        await using var sidecar = await RunningSidecar.StartAsync();
        using var answer = await sidecar.Http.GetAsync("/", Cancellation);
        var (page, policy) = (await answer.Content.ReadAsStringAsync(Cancellation), answer.Headers.GetValues("Content-Security-Policy").Single());

        Assert.StartsWith("default-src 'none'; ", policy);
        Assert.DoesNotContain("unsafe", policy);
        foreach (var element in (string[])["style", "script"])
        {
            var text = Regex.Match(page, $"(?s)<{element}[^>]*>(.*?)</{element}>").Groups[1].Value;
            Assert.Contains($"{element}-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'", policy);
        }

        Assert.DoesNotMatch("(?i) style=| on[a-z]+=|https?://(?!www.w3.org/2000/svg)", page);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public async Task Thousands_of_rows_make_no_large_page_and_those_that_are_not_well_stand_in_it()
    {
        JsonArray Rows() => [.. Enumerable.Range(0, 3000).Select(i => Row($"/var/log/app/some/folder/number-{i}.log", i == 2999 ? "refused" : null))];
        await using var sidecar = await RunningSidecar.StartAsync(Showing(
            state =>
            {
                state.Section("files", Rows, Table("Files"));
                state.Section("more", Rows, Table("More"));
                state.Section("flat", () => new string('x', 100_000));
            },
            [.. Enumerable.Range(0, 500).Select(i => $"source {i}: /var/log/app/*.log -> group /app, stream {i}")]));

        var page = await sidecar.Http.GetByteArrayAsync("/", Cancellation);

        Assert.InRange(page.Length, 10_000, 60_000);
        Assert.Equal(2, Regex.Count(Encoding.UTF8.GetString(page), "number-2999.log</code>"));
        Assert.Contains("<time datetime=\"1970-01-01T00:00:00Z\">", Encoding.UTF8.GetString(page));
        Assert.Contains("2960 more", Encoding.UTF8.GetString(page));
        Assert.EndsWith("</main></body></html>\n", Encoding.UTF8.GetString(page));
    }

    [Fact]
    public async Task Status_says_the_same_to_programs()
    {
        await using var sidecar = await RunningSidecar.StartAsync(Showing(state => state.Degraded("route db", "Look at it.").Begin("connection refused"), "goes to db"));

        var status = JsonNode.Parse(await sidecar.Http.GetStringAsync("/status", Cancellation))!;

        Assert.Equal("degraded", (string?)status["state"]);
        Assert.Equal(["route db", "connection refused", "Look at it."], new[] { "name", "reason", "do" }.Select(field => (string?)status["problems"]![0]![field]));
        Assert.Equal("goes to db", (string?)status["does"]![0]);
        Assert.Equal(60, status["minutes"]!.AsArray().Count);
        Assert.Equal("degraded", (string?)status["changes"]![0]!["state"]);
    }

    private static Action<SidecarBuilder> Showing(Action<AgentState> show, params string[] does) => sidecar => sidecar.UseAgent(_ => new AgentPlan
    {
        Lines = does,
        AddServices = _ => { },
        MapAdmin = (_, services) => show(services.GetRequiredService<AgentState>()),
    });

    private static StatusTable Table(string title) => new(
        title,
        new StatusColumn("path", title, StatusForm.Code),
        new StatusColumn("trouble", "Trouble", StatusForm.Trouble),
        new StatusColumn("size", "Size", StatusForm.Bytes),
        new StatusColumn("at", "Since", StatusForm.Ago));

    private static JsonObject Row(string path, string? trouble) => new()
    {
        ["path"] = path, ["trouble"] = trouble, ["size"] = 12345678, ["at"] = DateTimeOffset.UnixEpoch, ["identity"] = path, [path] = new JsonArray(path, path),
    };
}
