using Sidecar.Hosting;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests;

/// The whole adapter in the test's own process, from its environment on, until it is disposed.
internal sealed class RunningAdapter : IAsyncDisposable
{
    private readonly Dictionary<string, string> _environment;
    private readonly Task<int> _run;
    private readonly StringWriter _said = new();

    private RunningAdapter(int port, (string Name, string Value)[] environment)
    {
        _environment = environment.ToDictionary(entry => entry.Name, entry => entry.Value);
        _environment["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{port}";
        _environment["SIDECAR_LOG_LEVEL"] = "error";
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _run = RunAsync(["run"], _environment, _said);
    }

    public HttpClient Http { get; }

    /// Returns when the agent itself is ready, whatever it thinks of the app.
    public static Task<RunningAdapter> StartAsync(params (string Name, string Value)[] environment) => StartAtAsync(FreePort.Next(), environment);

    /// The same with its admin port there.
    public static async Task<RunningAdapter> StartAtAsync(int port, params (string Name, string Value)[] environment)
    {
        var adapter = new RunningAdapter(port, environment);
        await Eventually.TrueAsync(
            async () => adapter._run.IsCompleted || await adapter.IsReadyAsync(), cancellation: TestContext.Current.CancellationToken);
        Assert.False(adapter._run.IsCompleted, adapter._said.ToString());
        return adapter;
    }

    /// Runs one command to its end; what it prints, on either stream, comes back.
    public static async Task<(int ExitCode, string Text)> CommandAsync(string[] args, params (string Name, string Value)[] environment)
    {
        var text = new StringWriter();
        var exitCode = await RunAsync(args, environment.ToDictionary(entry => entry.Name, entry => entry.Value), text);
        return (exitCode, text.ToString());
    }

    /// Runs a command beside this adapter, in the same environment.
    public async Task<(int ExitCode, string Text)> BesideAsync(params string[] args)
    {
        var text = new StringWriter();
        return (await RunAsync(args, _environment, text), text.ToString());
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public Task WaitForAsync(string path, int status) =>
        Eventually.MatchAsync(() => GetAsync(path), answer => answer.Status == status, cancellation: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!_run.IsCompleted)
        {
            using var quit = await Http.PostAsync(new Uri("/control/quit", UriKind.Relative), null);
        }
        await _run.WaitAsync(Eventually.Patience);
        Http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await GetAsync("/readyz")).Status == 200;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Task<int> RunAsync(string[] args, Dictionary<string, string> environment, TextWriter text) =>
        SidecarHost.RunAsync("adapter", args, sidecar => sidecar.AddAdapter(), environment, text, text, TimeProvider.System);
}
