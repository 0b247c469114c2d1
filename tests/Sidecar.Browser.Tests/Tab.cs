using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Sidecar.Browser.Tests;

/// A page in the browser, with all that the browser had to complain of, and all that the page asked for.
public sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly ConcurrentQueue<IRequest> _requests = new();

    private Tab(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) => Complain(message.Type is "error" or "warning", message.Text);
        page.PageError += (_, error) => Complain(true, error);
        page.Dialog += (_, dialog) => Complain(true, $"dialog: {dialog.Message}");
        page.Request += (_, request) => _requests.Enqueue(request);
    }

    public IPage Page { get; }

    public ILocator Heading => Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 });

    /// Errors and warnings on the console, among them what the policy forbade, exceptions, and dialogs.
    public IReadOnlyCollection<string> Complaints => _complaints;

    public IReadOnlyCollection<IRequest> Requests => _requests;

    public static async Task<Tab> OpenAsync(IBrowserContext context, Uri address, bool hasManualClock)
    {
        var tab = new Tab(context, await context.NewPageAsync());
        if (hasManualClock)
            await tab.Page.Clock.InstallAsync();
        await tab.Page.GotoAsync(address.ToString());
        return tab;
    }

    /// Lets the page renew itself now, as it does when a hidden tab is looked at again, and returns when it has: it takes away what it does not know.
    public async Task RenewedAsync()
    {
        await Page.EvaluateAsync("() => { document.querySelector('#now').setAttribute('data-old', ''); document.dispatchEvent(new Event('visibilitychange')); }");
        await Page.WaitForSelectorAsync("#now:not([data-old])");
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Complain(bool isComplaint, string text)
    {
        if (isComplaint)
            _complaints.Enqueue(text);
    }
}
