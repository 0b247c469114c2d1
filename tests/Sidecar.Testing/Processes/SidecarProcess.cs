using System.Globalization;

namespace Sidecar.Testing.Processes;

/// A published agent, started as an orchestrator would: by environment variables only. Its admin port is a free one
/// on loopback unless the environment says otherwise.
public sealed class SidecarProcess : IAsyncDisposable
{
    private const string AdminListen = "SIDECAR_ADMIN_LISTEN";

    private readonly HttpClient _admin;

    private SidecarProcess(ChildProcess process, Uri admin)
    {
        Process = process;
        AdminAddress = admin;
        _admin = new HttpClient { BaseAddress = admin, Timeout = TimeSpan.FromSeconds(10) };
    }

    public ChildProcess Process { get; }

    public Uri AdminAddress { get; }

    public int Id => Process.Id;

    public IReadOnlyList<string> Output => Process.Output;

    public IReadOnlyList<string> Error => Process.Error;

    public static SidecarProcess Start(
        string agent,
        IReadOnlyDictionary<string, string> environment,
        Action<string>? onLine = null,
        params string[] arguments)
    {
        var variables = new Dictionary<string, string>(environment, StringComparer.Ordinal);
        if (!variables.TryGetValue(AdminListen, out var listen))
            variables[AdminListen] = listen = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Next()}");
        var process = ChildProcess.Start(Artifacts.ProgramOf(agent), arguments, variables, onLine);
        var port = listen[(listen.LastIndexOf(':') + 1)..];
        return new SidecarProcess(process, new Uri($"http://127.0.0.1:{port}"));
    }

    /// Starts an agent and returns when it says that it is ready.
    public static async Task<SidecarProcess> StartReadyAsync(
        string agent,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellation,
        Action<string>? onLine = null)
    {
        var sidecar = Start(agent, environment, onLine);
        try
        {
            await sidecar.WaitUntilReadyAsync(cancellation: cancellation);
            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync();
            throw;
        }
    }

    /// Runs a command of an agent (check, settings, probe ...) to its end.
    public static async Task<ChildProcess> RunAsync(
        string agent,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellation,
        params string[] arguments)
    {
        var process = ChildProcess.Start(Artifacts.ProgramOf(agent), arguments, environment);
        try
        {
            await process.WaitForExitAsync(cancellation: cancellation);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilReadyAsync(TimeSpan? within = null, CancellationToken cancellation = default)
    {
        try
        {
            await Eventually.MatchAsync(
                () => ReadinessAsync(cancellation),
                answer => Process.HasExited || answer.StartsWith("200", StringComparison.Ordinal),
                within,
                cancellation,
                $"{Process} answers 200 on {AdminAddress}readyz");
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"{timeout.Message}\nIt said:\n{Process.Transcript}", timeout);
        }

        if (!Process.HasExited)
            return;

        await Process.WaitForExitAsync(within, cancellation);
        throw new InvalidOperationException($"{Process} ended before it was ready. It said:\n{Process.Transcript}");
    }

    /// The status code and body of a GET on the admin port.
    public async Task<(int Status, string Body)> GetAsync(string path, CancellationToken cancellation)
    {
        using var response = await _admin.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
    }

    /// The status code of a POST to a control address.
    public async Task<int> PostAsync(string path, CancellationToken cancellation)
    {
        using var response = await _admin.PostAsync(new Uri(path, UriKind.Relative), content: null, cancellation);
        return (int)response.StatusCode;
    }

    public void Terminate() => Process.Terminate();

    public void Kill() => Process.Kill();

    public Task<int> WaitForExitAsync(TimeSpan? within = null, CancellationToken cancellation = default) =>
        Process.WaitForExitAsync(within, cancellation);

    public ProcessUsage ReadUsage() => Process.ReadUsage();

    public ValueTask DisposeAsync()
    {
        _admin.Dispose();
        return Process.DisposeAsync();
    }

    private async Task<string> ReadinessAsync(CancellationToken cancellation)
    {
        try
        {
            var (status, body) = await GetAsync("/readyz", cancellation);
            return string.Create(CultureInfo.InvariantCulture, $"{status} {body}");
        }
        catch (HttpRequestException refused)
        {
            return refused.Message;
        }
    }
}
