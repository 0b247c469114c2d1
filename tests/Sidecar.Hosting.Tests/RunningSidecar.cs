using System.Net;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests;

/// A sidecar that runs in the test's own process, with an agent that does nothing of its own, until it is disposed.
internal sealed class RunningSidecar : IAsyncDisposable
{
    private readonly Task<int> _run;
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment;

    private RunningSidecar(Action<SidecarBuilder> configure, (string Name, string Value)[] environment)
    {
        Port = FreePort.Next();
        _environment = environment.Append(("SIDECAR_ADMIN_LISTEN", $"127.0.0.1:{Port}")).Append(("SIDECAR_LOG_LEVEL", "error")).DistinctBy(entry => entry.Item1)
            .ToDictionary(entry => entry.Item1, entry => entry.Item2);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        _run = SidecarHost.RunAsync("adapter", ["run"], configure, _environment, TextWriter.Null, _error, TimeProvider.System);
    }

    public int Port { get; }

    public HttpClient Http { get; }

    public Task<int> Exit => _run;

    public string Errors => _error.ToString();

    public static Action<SidecarBuilder> Idle => sidecar => sidecar.UseAgent(_ => new AgentPlan { Lines = [], AddServices = _ => { } });

    public static async Task<RunningSidecar> StartAsync(Action<SidecarBuilder>? configure = null, params (string Name, string Value)[] environment)
    {
        var sidecar = new RunningSidecar(configure ?? Idle, environment);
        await Eventually.TrueAsync(async () => sidecar._run.IsCompleted || await sidecar.StatusAsync("/startupz") == HttpStatusCode.OK);
        return sidecar;
    }

    public async Task<HttpStatusCode?> StatusAsync(string path)
    {
        try
        {
            using var answer = await Http.GetAsync(path);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// Runs another command of the same program beside it; what it prints comes back.
    public async Task<(int ExitCode, string Text)> CommandAsync(params string[] args)
    {
        var text = new StringWriter();
        var exitCode = await SidecarHost.RunAsync("adapter", args, Idle, _environment, text, text, TimeProvider.System);
        return (exitCode, text.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_run.IsCompleted)
        {
            using var quit = await Http.PostAsync("/control/quit", null);
        }

        await _run.WaitAsync(Eventually.Patience);
        Http.Dispose();
    }
}
