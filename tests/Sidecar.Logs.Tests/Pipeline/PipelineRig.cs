using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Observing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Pipeline;

/// The pipeline on real files in a volume of its own, with short intervals. Kill ends it without a drain, as a crash would;
/// Start begins again with whatever is on disk.
internal sealed class PipelineRig : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counted = [];
    private CancellationTokenSource _stopping = new();
    private LogsPipeline? _pipeline;
    private Task _running = Task.CompletedTask;

    public PipelineRig()
    {
        // Others' instruments are told of, too, also when this one is being disposed of.
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            lock (_counted)
                _counted[instrument.Name] = _counted.GetValueOrDefault(instrument.Name) + value;
        });
        _listener.Start();
        Options = new LogsOptions([Sources.Of(PathOf("*.log"))], [PathOf("state")], PathOf("state"), "host")
        {
            PollInterval = TimeSpan.FromMilliseconds(10),
            FlushInterval = TimeSpan.FromMilliseconds(20),
            QuietPeriod = TimeSpan.FromMilliseconds(300),
            PartialTimeout = TimeSpan.FromMilliseconds(300),
            MultilineTimeout = TimeSpan.FromMilliseconds(50),
            FirstRetry = TimeSpan.FromMilliseconds(20),
            RetryCeiling = TimeSpan.FromMilliseconds(200),
        };
    }

    public TempVolume Volume { get; } = new();

    public MemoryDestination Destination { get; } = new();

    /// Where events really go; Destination, unless the test has another.
    public ILogDestination? To { get; set; }

    /// What was logged.
    public LogLines<object> Log { get; } = new();

    public LogsOptions Options { get; set; }

    public LogsPipeline Running => _pipeline!;

    public IReadOnlyList<string> OpenFiles => [.. Running.Status().Select(file => Path.GetFileName(file!["path"]!.GetValue<string>()))];

    public string PathOf(string name) => Volume.PathOf(name);

    public long Counted(string instrument)
    {
        lock (_counted)
            return _counted.GetValueOrDefault(instrument);
    }

    public void Start()
    {
        _stopping = new CancellationTokenSource();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new LogLinesProvider(Log)));
        _pipeline = new LogsPipeline(
            Options,
            To ?? Destination,
            new LogsMetrics(_services.GetRequiredService<IMeterFactory>()),
            TimeProvider.System,
            () => 0,
            loggers);
        var turns = new List<Func<CancellationToken, Task>> { _pipeline.LookAsync, _pipeline.SaveAsync };
        for (var i = 0; i < LogsPipeline.ShippingLoops; i++)
            turns.Add(_pipeline.NewShippingTurn());
        _running = Task.WhenAll(turns.Select(turn => LoopAsync(turn, _stopping.Token)));
    }

    public async Task KillAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _pipeline?.Dispose();
        _pipeline = null;
        _stopping.Dispose();
    }

    /// As if the app were known to be gone: reads everything to its end.
    public Task DrainAsync() => DrainAsync(NewDrain(isAppGone: true));

    public static Task DrainAsync(LogsDrain drain) => drain.RunAsync(new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token);

    public LogsDrain NewDrain(bool isAppGone = false, Func<TimeSpan?>? timeLeft = null) =>
        new(Running, Options, TimeProvider.System, NullLogger<LogsDrain>.Instance)
        {
            IsAppGone = () => isAppGone,
            TimeLeft = timeLeft ?? (() => TimeSpan.FromMinutes(1)),
        };

    public Task ShippedAsync(params string[] expected) =>
        Eventually.MatchAsync(
            () => string.Join('|', Destination.Messages),
            seen => seen == string.Join('|', expected),
            cancellation: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_pipeline is not null)
            await KillAsync();
        _listener.Dispose();
        await _services.DisposeAsync();
        Volume.Dispose();
    }

    private static async Task LoopAsync(Func<CancellationToken, Task> turn, CancellationToken stopping)
    {
        // Off the test's synchronization context: the agent has none, and continuations run where they are completed.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (!stopping.IsCancellationRequested)
                await TakeTurnAsync(turn, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// What the world does to a loop is tried again, as in the agent.
    private static async Task TakeTurnAsync(Func<CancellationToken, Task> turn, CancellationToken stopping)
    {
        try
        {
            await turn(stopping);
        }
        catch (Exception e) when (Loops.IsExpected(e) && !stopping.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stopping);
        }
    }
}
