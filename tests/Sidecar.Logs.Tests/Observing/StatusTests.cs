using System.Text.Json.Nodes;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Observing;

/// What the agent says of itself while it works.
public sealed class StatusTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_stream_that_flows_shows_its_last_acknowledgement_and_no_trouble()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await Eventually.TrueAsync(() => Stream("app.log")?["acknowledged_at"] is not null, cancellation: Cancellation);

        Assert.Null(Stream("app.log")!["trouble"]);
        Assert.Null(_rig.Running.Stall);
        Assert.Empty(_rig.Running.ErrorStatus());
        await Eventually.TrueAsync(() => !Stream("app.log")!["in_flight"]!.GetValue<bool>(), cancellation: Cancellation);
        Assert.Equal(0, File("app.log")["backlog_age_seconds"]!.GetValue<double>());
    }

    [Fact]
    public async Task What_is_refused_is_degraded_at_once_with_the_reason_and_stands_among_the_errors()
    {
        _rig.Destination.Answer = batch => batch.Target.Stream == "bad.log" ? new SendResult.Refused("AccessDeniedException: no") : null;
        _rig.Volume.Write("bad.log", "one\n");
        _rig.Volume.Write("good.log", "two\n");
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Running.Stall is not null, cancellation: Cancellation);

        Assert.Contains("'/test bad.log': AccessDeniedException: no", _rig.Running.Stall?.Reason, StringComparison.Ordinal);
        Assert.Equal("AccessDeniedException: no", Stream("bad.log")!["trouble"]!.GetValue<string>());
        var error = Assert.Single(_rig.Running.ErrorStatus())!;
        Assert.Equal(("/test bad.log", "AccessDeniedException: no"), (error["what"]!.GetValue<string>(), error["reason"]!.GetValue<string>()));
        await Eventually.TrueAsync(() => File("bad.log")["backlog_age_seconds"]!.GetValue<double>() > 0.1, cancellation: Cancellation);
        Assert.Equal(4, File("bad.log")["backlog"]!.GetValue<long>());
    }

    [Fact]
    public async Task Throttling_shows_in_the_flush_interval_and_is_not_degraded_for_a_while()
    {
        _rig.Destination.Answer = _ => new SendResult.Throttled(TimeSpan.Zero);
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();

        await Eventually.TrueAsync(() => Stream("app.log")?["flush_interval_seconds"]!.GetValue<double>() >= 1, cancellation: Cancellation);

        Assert.Equal("the service throttles", Stream("app.log")!["trouble"]!.GetValue<string>());
        Assert.Null(_rig.Running.Stall);
    }

    [Fact]
    public async Task A_stalled_send_is_seen_as_no_progress_and_an_idle_agent_is_not()
    {
        var stall = new TaskCompletionSource();
        _rig.Destination.Before = (_, cancellation) => stall.Task.WaitAsync(cancellation);
        _rig.Start();
        await _rig.Running.WatchAsync(Cancellation);
        _rig.Volume.Write("app.log", "one\n");
        await Eventually.TrueAsync(() => Stream("app.log")?["in_flight"]!.GetValue<bool>() == true, cancellation: Cancellation);

        var watching = _rig.Running.WatchAsync(Cancellation);
        var looks = _rig.Running.Looks;
        await Eventually.TrueAsync(() => _rig.Running.Looks > looks + 150, cancellation: Cancellation);
        Assert.False(watching.IsCompleted);

        stall.SetResult();
        await watching;
    }

    private JsonNode? Stream(string name) =>
        _rig.Running.StreamStatus().SingleOrDefault(one => one!["target"]!.GetValue<string>() == "/test " + name);

    private JsonNode File(string name) => _rig.Running.Status().Single(one => Path.GetFileName(one!["path"]!.GetValue<string>()) == name)!;
}
