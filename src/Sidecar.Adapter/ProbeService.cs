using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Commands;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting.Work;

namespace Sidecar.Adapter;

/// Runs every probe in a loop of its own, from the start to the end of the agent.
internal sealed class ProbeService(
    IReadOnlyList<ProbePlan> plans,
    VerdictSource source,
    Loops loops,
    TimeProvider time,
    ILogger<ProbeRunner> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IProbe> _probes = [];
    private readonly Dictionary<string, ProbeRunner> _runners = new(StringComparer.OrdinalIgnoreCase);
    private Task _running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Children.ReapIfFirst();
        List<Task> running = [];
        foreach (var plan in plans)
        {
            var probe = plan.Target.Make(time);
            _probes.Add(probe);
            var runner = new ProbeRunner(plan, probe, result => source.Record(plan.Name, result), time, Random.Shared.NextDouble, logger);
            _runners[plan.Name] = runner;
            running.Add(loops.RunAsync($"probe {plan.Name}", runner.TakeTurnAsync, runner.MaxSilence, _stopping.Token));
        }
        _running = Task.WhenAll(running);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(_stopping.CancelAsync(), _running).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // A probe has nothing to save, so one that does not come back must not keep the agent from ending.
        }
        finally
        {
            // But a command would live on.
            await Task.WhenAll(_probes.OfType<IAsyncDisposable>().Select(probe => probe.DisposeAsync().AsTask()));
        }
    }

    /// Asks one probe at once; null when there is none of that name.
    public async Task<ProbeResult?> AskNowAsync(string name, CancellationToken cancellation) =>
        _runners.TryGetValue(name, out var runner) ? await runner.AskNowAsync(cancellation) : null;

    public void Dispose()
    {
        foreach (var runner in _runners.Values)
            runner.Dispose();
        foreach (var probe in _probes.OfType<IDisposable>())
            probe.Dispose();
        _stopping.Dispose();
    }
}
