using System.Diagnostics;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace LogsTorture;

/// One scenario against the published agent and the strict stand-in: write, disturb, let it catch up, stop it, and account.
internal sealed class TortureRun : IAsyncDisposable
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Restart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestRun = TimeSpan.FromSeconds(1);

    private readonly Scenario _scenario;
    private readonly TimeSpan _duration;
    private readonly int _rate;
    private readonly TempVolume _volume = new();
    private readonly CloudWatchStandIn _service;
    private readonly LogWriter _writer;
    private readonly Random _random;
    private readonly List<StoredEvent> _vanished = [];
    private SidecarProcess _agent;

    private TortureRun(Scenario scenario, TimeSpan duration, int rate, int seed, CloudWatchStandIn service)
    {
        (_scenario, _duration, _rate, _service) = (scenario, duration, rate, service);
        _random = new Random(seed);
        _volume.Folder("logs");
        _writer = new LogWriter(_volume.PathOf("logs/app.log"), scenario, rate, seed);
        _agent = Start();
    }

    public static async Task<TortureResult> PlayAsync(Scenario scenario, TimeSpan duration, int rate, int seed, CancellationToken cancellation)
    {
        await using var service = await CloudWatchStandIn.StartAsync();
        await using var run = new TortureRun(scenario, duration, rate, seed, service);
        return await run.PlayAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _writer.Close();
        await _agent.DisposeAsync();
        _volume.Dispose();
    }

    private async Task<TortureResult> PlayAsync(CancellationToken cancellation)
    {
        await _agent.WaitUntilReadyAsync(cancellation: cancellation);
        var disturbing = DisturbAsync(cancellation);
        await _writer.RunAsync(_duration, cancellation);
        await disturbing;
        if (_scenario.StopsSlowly)
            await StopSlowlyAsync(cancellation);
        else
            await CaughtUpAsync(cancellation);

        // The agent that was started last may have nothing to do and not be up yet: a signal would end it at once.
        if (!_scenario.StopsSlowly)
            await _agent.WaitUntilReadyAsync(cancellation: cancellation);
        var peak = PeakMegabytes();
        // A second signal would end it at once.
        if (!_scenario.StopsSlowly)
            _agent.Terminate();
        var code = await _agent.WaitForExitAsync(TimeSpan.FromSeconds(40), cancellation);
        return new TortureResult(_scenario, _writer.Expected.Count, _writer.Rotations, Account.Of(_writer.Expected, Stored()), peak, code, _service.RuleViolations.Count, _agent.Process.Transcript);
    }

    private SidecarProcess Start() => SidecarProcess.Start("sidecar-logs", new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["LOGS_PATHS"] = _volume.PathOf("logs/*.log"),
        ["LOGS_GROUP"] = "/torture",
        ["LOGS_STREAM"] = "app",
        ["LOGS_STATE_DIR"] = _volume.Folder("state"),
        ["AWS_REGION"] = _service.Region,
        ["AWS_ACCESS_KEY_ID"] = _service.Credentials.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = _service.Credentials.SecretKey,
        ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = _service.Url.ToString(),
        ["SIDECAR_SHUTDOWN_TIMEOUT"] = _scenario.StopsSlowly ? "25s" : $"{Restart.TotalSeconds}s",
        ["DOTNET_GCgen0size"] = "100000",
    });

    private async Task DisturbAsync(CancellationToken cancellation)
    {
        var ends = _scenario.Kills + _scenario.Restarts;
        for (var i = 0; i < ends; i++)
        {
            // Somewhere within its share of the time; a stop takes some of it, since the application goes on writing.
            var share = (_duration - (Restart * _scenario.Restarts)) / (ends + 0.5);
            share = share > ShortestRun ? share : ShortestRun;
            await WaitAsync(share * (0.7 + (0.3 * _random.NextDouble())), cancellation);
            await EndAndStartAsync(isKill: _scenario.Kills > 0, cancellation);
        }

        for (var i = 0; i < _scenario.LostAnswers; i++)
        {
            await WaitAsync(_duration / (_scenario.LostAnswers + 1), cancellation);
            _service.Faults.Begin(StandInFault.DropAfter, times: 1, operation: "PutLogEvents");
        }

        if (_scenario.Vanishes)
        {
            await WaitAsync(_duration / 3, cancellation);
            _vanished.AddRange(_service.Vanish("/torture", "app"));
            await WaitAsync(_duration / 3, cancellation);
            _vanished.AddRange(_service.Vanish("/torture"));
        }

        if (_scenario.IsRefused)
            await RefuseAsync(cancellation);
    }

    private async Task RefuseAsync(CancellationToken cancellation)
    {
        await WaitAsync(_duration / 4, cancellation);
        var turn = _duration / 16;
        for (var i = 0; i < 4; i++)
        {
            _service.Faults.Begin(StandInFault.Throttle);
            await WaitAsync(turn, cancellation);
            _service.Faults.Begin(StandInFault.DropBefore);
            await WaitAsync(turn, cancellation);
        }

        _service.Faults.End();
    }

    private async Task EndAndStartAsync(bool isKill, CancellationToken cancellation)
    {
        if (isKill)
            _agent.Kill();
        else
            _agent.Terminate();
        var code = await _agent.WaitForExitAsync(TimeSpan.FromSeconds(30), cancellation);
        if (!isKill && code != 0)
            throw new InvalidOperationException($"The agent ended with {code}:\n{_agent.Process.Transcript}");
        await _agent.DisposeAsync();
        _agent = Start();
    }

    /// The application gets its signal later than the agent and says goodbye slowly; nobody starts the agent again.
    private async Task StopSlowlyAsync(CancellationToken cancellation)
    {
        _agent.Terminate();
        foreach (var pause in (double[])[0.2, 1, 2, 0.5, 2.5, 1.5])
        {
            await WaitAsync(TimeSpan.FromSeconds(pause), cancellation);
            _writer.Write(_rate / 10);
        }
    }

    private async Task CaughtUpAsync(CancellationToken cancellation)
    {
        var clock = TimeProvider.System;
        var (started, grewAt, last) = (clock.GetTimestamp(), clock.GetTimestamp(), -1);
        while (clock.GetElapsedTime(started) < CatchUp && clock.GetElapsedTime(grewAt) < Quiet)
        {
            var stored = Stored();
            if (stored.Count != last)
                (last, grewAt) = (stored.Count, clock.GetTimestamp());
            if (Account.Of(_writer.Expected, stored).Lost == 0)
                return;
            await WaitAsync(TimeSpan.FromMilliseconds(500), cancellation);
        }
    }

    private List<StoredEvent> Stored() => [.. _vanished, .. _service.Events("/torture", "app")];

    private double PeakMegabytes()
    {
        using var process = Process.GetProcessById(_agent.Id);
        return process.PeakWorkingSet64 / 1e6;
    }

    private static Task WaitAsync(TimeSpan time, CancellationToken cancellation) => Task.Delay(time, TimeProvider.System, cancellation);
}
