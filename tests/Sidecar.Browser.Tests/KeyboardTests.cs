using Microsoft.Playwright;
using Sidecar.Testing;
using static Microsoft.Playwright.Assertions;

namespace Sidecar.Browser.Tests;

/// The page by keyboard alone, and what it leaves alone while it renews itself.
public sealed class KeyboardTests(Chromium chromium, ThreeAgents agents)
{
    private const string Focused = "() => document.activeElement.textContent";

    [Fact]
    public async Task Tab_leads_to_every_link_in_the_order_that_is_seen_and_shows_where_it_is()
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf("sidecar-adapter"));
        var reached = new List<string>();

        for (var i = 0; i < 7; i++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
            reached.Add(await tab.Page.EvaluateAsync<string>(Focused));
            Assert.Equal("solid", await tab.Page.EvaluateAsync<string>("() => getComputedStyle(document.activeElement).outlineStyle"));
        }

        Assert.Equal(["Skip to the state", "Reload", "JSON", "Metrics", "Readiness", "Pause", "more of beat"], reached);
    }

    [Fact]
    public async Task The_first_link_skips_to_the_state()
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf("sidecar-adapter"));

        await tab.Page.Keyboard.PressAsync("Tab");
        await tab.Page.Keyboard.PressAsync("Enter");

        await Expect(tab.Page.Locator("main")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_is_unfolded_has_the_focus_or_is_scrolled_to_stays_so_while_the_page_renews_itself()
    {
        await using var tab = await chromium.OpenAsync(
            agents.AddressOf("sidecar-adapter"), new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 800, Height = 300 } });
        var more = tab.Page.GetByText("more of says");
        await more.FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        var before = (await more.BoundingBoxAsync())!;
        await tab.RenewedAsync();

        await Expect(more).ToBeFocusedAsync();
        await Expect(tab.Page.Locator("tr[data-key=says] dl")).ToBeVisibleAsync();
        Assert.True(await tab.Page.EvaluateAsync<double>("() => window.scrollY") > 0);
        Assert.Equal(before.Y, (await more.BoundingBoxAsync())!.Y, 1f);
    }

    [Fact]
    public async Task Pause_stops_the_renewal_until_it_is_to_go_on()
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf("sidecar-logs"), hasManualClock: true);
        await tab.Page.Clock.RunForAsync(2_000);
        await Eventually.EqualAsync(2, () => tab.Requests.Count);

        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause" }).ClickAsync();
        await tab.Page.Clock.RunForAsync(60_000);
        var whilePaused = tab.Requests.Count;
        await tab.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Go on" }).ClickAsync();

        Assert.Equal(2, whilePaused);
        await Eventually.EqualAsync(3, () => tab.Requests.Count);
    }

    [Fact]
    public async Task Only_a_change_of_the_state_is_announced()
    {
        await using var tab = await chromium.OpenAsync(agents.AddressOf("sidecar-adapter"));
        await tab.Page.EvaluateAsync("""
            () => {
                window.announced = [];
                for (const region of document.querySelectorAll('[role=status], [aria-live]'))
                    new MutationObserver(() => window.announced.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
            }
            """);
        await tab.RenewedAsync();
        await tab.RenewedAsync();

        Assert.Empty(await tab.Page.EvaluateAsync<string[]>("() => window.announced"));
        Assert.Equal(2, await tab.Page.Locator("[role=status], [aria-live]").CountAsync());
    }
}
