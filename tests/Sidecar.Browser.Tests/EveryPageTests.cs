using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Sidecar.Browser.Tests;

/// What holds for the page of each agent, whatever it shows.
public sealed class EveryPageTests(Chromium chromium, ThreeAgents agents)
{
    private const int MaxBytes = 60_000;

    // The contrast that WCAG AA asks for, of every text that is seen, against what is behind it.
    private const string TooFaint = """
        () => {
            const channels = colour => colour.match(/[\d.]+/g).map(Number);
            const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
            const behind = element => {
                for (let at = element; at; at = at.parentElement) {
                    const colour = channels(getComputedStyle(at).backgroundColor);
                    if (colour.length === 3 || colour[3] > 0) return colour;
                }
                return [255, 255, 255];
            };
            const faint = [];
            let seen = 0;
            for (const element of document.body.querySelectorAll('*')) {
                if (element.closest('svg') || !element.getClientRects().length || ![...element.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
                const [text, back] = [light(channels(getComputedStyle(element).color)), light(behind(element))];
                const ratio = (Math.max(text, back) + .05) / (Math.min(text, back) + .05);
                seen++;
                if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${element.textContent.slice(0, 40)}`);
            }
            return seen > 30 ? faint : ['hardly any text was seen: ' + seen];
        }
        """;

    public static TheoryData<string> All => ThreeAgents.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_load_is_one_answer_of_this_agent_below_60_KB_and_the_browser_complains_of_nothing(string agent)
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf(agent));

        var load = Assert.Single(tab.Requests);
        var sizes = await load.SizesAsync();
        await tab.RenewedAsync();

        Assert.InRange(sizes.ResponseBodySize + sizes.ResponseHeadersSize, 5_000, MaxBytes);
        Assert.All(tab.Requests, request => Assert.Equal(agents.AddressOf(agent).ToString(), request.Url));
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Names_from_outside_are_text_at_the_first_sight_and_after_the_page_renewed_itself(string agent)
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf(agent));
        var name = agent == "sidecar-ambassador" ? Hostile.Key : Hostile.Text;
        Assert.Contains(name, await tab.Page.Locator("body").TextContentAsync());
        await tab.RenewedAsync();

        Assert.Contains(name, await tab.Page.Locator("body").TextContentAsync());
        Assert.Equal(0, await tab.Page.Locator("img").CountAsync());
        Assert.Equal(1, await tab.Page.Locator("script").CountAsync());
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Without_JavaScript_it_says_the_same_and_Reload_renews_it(string agent)
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf(agent), new BrowserNewContextOptions { JavaScriptEnabled = false });
        var before = await tab.Page.Locator("#now").TextContentAsync();

        await Expect(tab.Heading).ToContainTextAsync($"{ThreeAgents.SubjectOf(agent)} is ");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "The last hour" })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "What it does" })).ToBeVisibleAsync();
        Assert.Equal(agent == "sidecar-logs" ? 0 : 1, await tab.Page.Locator(".problems").CountAsync());
        await Sidecar.Testing.Eventually.TrueAsync(async () =>
        {
            await tab.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Reload" }).ClickAsync();
            return await tab.Page.Locator("#now").TextContentAsync() != before;
        });
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task On_a_phone_nothing_is_wider_than_the_screen_and_tables_are_tables_still(string agent)
    {
        await using var tab = await chromium.OpenAsync(
            agents.AddressOf(agent), new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 360, Height = 740 } });

        await tab.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(details => { details.open = true; })");

        Assert.Equal(360, await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        var words = await tab.Page.Locator("main").AriaSnapshotAsync();
        Assert.Matches(@"- table ""[^""]+"":\s", words);
        Assert.Contains("- rowheader ", words);
        Assert.Contains("- columnheader ", words);
    }

    [Theory]
    [InlineData("sidecar-logs", ColorScheme.Light)]
    [InlineData("sidecar-logs", ColorScheme.Dark)]
    [InlineData("sidecar-ambassador", ColorScheme.Light)]
    [InlineData("sidecar-ambassador", ColorScheme.Dark)]
    [InlineData("sidecar-adapter", ColorScheme.Light)]
    [InlineData("sidecar-adapter", ColorScheme.Dark)]
    public async Task Every_text_stands_out_from_what_is_behind_it_by_day_and_by_night(string agent, ColorScheme scheme)
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf(agent), new BrowserNewContextOptions { ColorScheme = scheme });

        await tab.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(details => { details.open = true; })");

        Assert.Empty(await tab.Page.EvaluateAsync<string[]>(TooFaint));
        var back = await tab.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Dark ? "rgb(13, 17, 23)" : "rgb(246, 248, 250)", back);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_screen_reader_finds_landmarks_headings_and_words_for_every_picture(string agent)
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf(agent));

        var words = await tab.Page.Locator("body").AriaSnapshotAsync();

        Assert.Contains("- banner:", words);
        Assert.Contains("- navigation \"This agent\":", words);
        Assert.Contains("- main:", words);
        Assert.Matches($@"- heading ""{ThreeAgents.SubjectOf(agent)} is \w+"" \[level=1\]", words);
        Assert.Contains("img \"The last hour, by the minute: ", words);
        Assert.DoesNotMatch(@"- (img|button|link|table)\s*(:|$)", words);
        Assert.Equal("en", await tab.Page.Locator("html").GetAttributeAsync("lang"));
        Assert.Equal(1, await tab.Page.Locator("h1").CountAsync());
    }
}
