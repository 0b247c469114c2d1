using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Following;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Sending;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Model;

/// The agent turned by hand: it looks, ships and saves when it is told to, so that whatever happens to a file can happen between any
/// two of its looks, on every run.
internal sealed class HandAgent : ILogDestination, IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ILoggerFactory _loggers;
    private readonly CheckpointStore _store;
    private readonly OpenFiles _open;
    private readonly FollowedFiles _files;
    private readonly CheckpointWriter _checkpoints;
    private readonly DeadLetterFolder _deadLetters;
    private readonly Shipping _shipping;
    private readonly BatchBuilder _builder;
    private readonly List<string> _stored;
    private readonly Queue<LogStream> _offered = new();
    private readonly CancellationTokenSource _killed = new();
    private TaskCompletionSource? _answer;
    private Task? _underWay;

    /// Begins with what an earlier one has saved; what it ships is added to the list.
    public HandAgent(LogsOptions options, List<string> stored, ManualTime time, LogLines<object> log)
    {
        _stored = stored;
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new LogLinesProvider(log)));
        _store = CheckpointStore.Open(options.StateFolder);
        var remembered = _store.Load(out _);
        _open = new OpenFiles(remembered ?? [], _store.ScannedAtMs, time, _loggers.CreateLogger<OpenFiles>());
        var metrics = new LogsMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        _files = new FollowedFiles(options, _open, remembered is null, metrics, time, _loggers);
        _checkpoints = new CheckpointWriter(_store, _open.Checkpoints, time) { ScannedAtMs = () => _open.ScannedAtMs };
        _deadLetters = new DeadLetterFolder(options.DeadLetterFolder, options.DeadLetterLimit, time, _loggers.CreateLogger<DeadLetterFolder>());
        var errors = new RecentErrors(time);
        var retries = new RetrySchedule(options.FirstRetry, options.RetryCeiling, () => 0);
        var refusals = new Refusals(this, _deadLetters, options, metrics, errors, retries, time, _loggers.CreateLogger<Refusals>());
        _shipping = new Shipping(this, refusals, _checkpoints, options, metrics, errors, retries, time, _loggers.CreateLogger<Shipping>());
        _builder = new BatchBuilder(_files.Timeouts);
    }

    public bool IsDone => _files.IsDone();

    public void Scan()
    {
        if (_files.Scan())
            Save();
    }

    public void Poll(bool isHurried = true)
    {
        if (_files.Poll(_offered.Enqueue, isHurried))
            Save();
    }

    /// Sends what the streams have that were offered, and hears that it is stored.
    public async Task ShipAsync()
    {
        await EndAsync();
        while (_offered.Count > 0)
        {
            Begin();
            await EndAsync();
        }
    }

    /// Builds a batch and sends it; the answer comes with EndAsync.
    public void Begin()
    {
        if (_underWay is not null || !_offered.TryDequeue(out var stream))
            return;

        Save();
        _answer = new TaskCompletionSource();
        _shipping.Offer(stream);
        _underWay = _shipping.TurnAsync(_builder, _killed.Token);
    }

    public async Task EndAsync()
    {
        if (_underWay is not { } underWay)
            return;

        _answer!.TrySetResult();
        await underWay;
        _underWay = null;
        Save();
        Poll();
    }

    public async Task<SendResult> SendAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        var messages = batch.Events.ToArray().Select(one => Encoding.UTF8.GetString(one.Message.Span)).ToList();
        await _answer!.Task.WaitAsync(cancellationToken);
        _stored.AddRange(messages);
        return SendResult.StoredAll;
    }

    /// As a crash does: what was under way is neither stored nor remembered.
    public async ValueTask DisposeAsync()
    {
        await _killed.CancelAsync();
        if (_underWay is { } underWay)
            await underWay.ContinueWith(static _ => { }, TaskScheduler.Default);
        _open.Dispose();
        _deadLetters.Dispose();
        _store.Dispose();
        _loggers.Dispose();
        _killed.Dispose();
        await _services.DisposeAsync();
    }

    private void Save()
    {
        _checkpoints.Changed();
        _checkpoints.Save();
    }
}
