using Microsoft.Playwright;
using Sidecar.Browser.Tests;
using Sidecar.Testing;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Sidecar.Browser.Tests;

/// The system's browser, one for all tests. Each tab has a profile of its own.
public sealed class Chromium : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program))
            return;

        _playwright = await Playwright.CreateAsync();
        // As root, which containers run the tests, its own sandbox can't be had.
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program, Args = ["--no-sandbox", "--disable-gpu"] });
        Assertions.SetDefaultExpectTimeout((float)Eventually.Patience.TotalMilliseconds);
    }

    /// Opens a page and returns when it is there.
    public async Task<Tab> OpenAsync(Uri address, BrowserNewContextOptions? options = null, bool hasManualClock = false)
    {
        Assert.SkipWhen(_browser is null, $"{Program} is not on this machine: ./test.sh installs it");
        return await Tab.OpenAsync(await _browser.NewContextAsync(options), address, hasManualClock);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
