using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace HttpFaults;

/// The servers behind a way in, and what they have executed together.
internal sealed class Backends : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _executed = new(StringComparer.Ordinal);
    private readonly List<ChildProcess> _processes = [];
    private readonly TimeSpan _idle;

    private Backends(IReadOnlyList<IPEndPoint> addresses, TimeSpan idle) => (Addresses, _idle) = (addresses, idle);

    public IReadOnlyList<IPEndPoint> Addresses { get; }

    /// How many requests were executed more than once.
    public int Twice => _executed.Count(pair => pair.Value > 1);

    public static Task<Backends> StartAsync(int count, TimeSpan? idle = null) =>
        StartAsync([.. Enumerable.Range(0, count).Select(_ => new IPEndPoint(IPAddress.Loopback, FreePort.Next()))], idle);

    public static async Task<Backends> StartAsync(IReadOnlyList<IPEndPoint> addresses, TimeSpan? idle = null)
    {
        var backends = new Backends(addresses, idle ?? Timeout.InfiniteTimeSpan);
        for (int i = 0; i < addresses.Count; i++)
            backends._processes.Add(await backends.StartOneAsync(i));
        return backends;
    }

    public void Signal(int index, UnixSignal signal) => _processes[index].Signal(signal);

    public async Task KillAsync(int index)
    {
        _processes[index].Kill();
        await _processes[index].WaitForExitAsync();
    }

    public async Task StartAgainAsync(int index) => _processes[index] = await StartOneAsync(index);

    public Task MakeSickAsync(int index) => AskAsync(Addresses[index], Backend.Sick);

    public async Task<int> RequestsAsync()
    {
        int all = 0;
        foreach (var address in Addresses)
            all += int.Parse(await AskAsync(address, Backend.Count), CultureInfo.InvariantCulture);
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Signal(UnixSignal.Continue);
            process.Kill();
            await process.DisposeAsync();
        }
    }

    private static async Task<string> AskAsync(IPEndPoint address, string path)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri($"http://{address}{path}"));
    }

    private async Task<ChildProcess> StartOneAsync(int index)
    {
        var process = ChildProcess.Start(
            Environment.ProcessPath!, ["backend", Addresses[index].ToString(), _idle.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)],
            onLine: line => _executed.AddOrUpdate(line, 1, (_, count) => count + 1));
        await Eventually.TrueAsync(() => Caller.IsAnsweredAsync(Addresses[index]), what: $"a backend answers: {process.Transcript}");
        return process;
    }
}
