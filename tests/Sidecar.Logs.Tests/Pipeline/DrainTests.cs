using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Pipeline;

public sealed class DrainTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Files_are_followed_until_they_are_quiet_new_ones_too()
    {
        _rig.Options = _rig.Options with { QuietPeriod = TimeSpan.FromSeconds(1) };
        _rig.Volume.Write("app.log", "0\n");
        _rig.Start();

        var draining = PipelineRig.DrainAsync(_rig.NewDrain());
        List<string> written = ["0"];
        for (var pause = 1; pause <= 5; pause++)
        {
            await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == written.Count, cancellation: Cancellation);
            _rig.Volume.Append(pause < 4 ? "app.log" : "late.log", $"{pause}\n");
            written.Add($"{pause}");
        }

        await draining;
        Assert.Equal(written, _rig.Destination.Messages);
    }

    [Fact]
    public async Task A_line_without_its_end_is_sent_at_the_end()
    {
        _rig.Options = _rig.Options with { PartialTimeout = TimeSpan.FromHours(1), MultilineTimeout = TimeSpan.FromHours(1), Sources = [Sources.Of(_rig.PathOf("*.log"), lines: "auto")] };
        _rig.Volume.Write("app.log", "one\n  two\nthree");
        _rig.Start();

        await PipelineRig.DrainAsync(_rig.NewDrain());

        Assert.Equal(["one\n  two", "three"], _rig.Destination.Messages);
    }

    [Fact]
    public async Task Quiet_files_are_waited_on_for_the_quiet_period_since_the_app_may_still_speak()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        await Eventually.TrueAsync(() => _rig.Running.Quiet > _rig.Options.QuietPeriod, cancellation: Cancellation);
        var started = TimeProvider.System.GetTimestamp();

        await PipelineRig.DrainAsync(_rig.NewDrain());

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), _rig.Options.QuietPeriod, _rig.Options.QuietPeriod + TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Once_the_app_is_gone_nothing_is_waited_for()
    {
        _rig.Options = _rig.Options with { QuietPeriod = TimeSpan.FromHours(1), PartialTimeout = TimeSpan.FromHours(1) };
        _rig.Volume.Write("app.log", "one\nhalf");
        _rig.Start();

        await PipelineRig.DrainAsync(_rig.NewDrain(isAppGone: true));

        Assert.Equal(["one", "half"], _rig.Destination.Messages);
    }

    [Fact]
    public async Task Files_that_never_get_quiet_are_followed_until_the_reserve_and_then_sent()
    {
        _rig.Options = _rig.Options with { QuietPeriod = TimeSpan.FromHours(1) };
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        var left = TimeSpan.FromSeconds(6);
        var drain = _rig.NewDrain(timeLeft: () => left);
        var draining = PipelineRig.DrainAsync(drain);
        await _rig.ShippedAsync("one");
        Assert.False(draining.IsCompleted);

        left = TimeSpan.FromSeconds(4);

        await draining;
        Assert.Equal("0 bytes stayed behind.", drain.LastWords());
    }

    [Fact]
    public async Task What_stays_behind_is_said_in_bytes()
    {
        _rig.Destination.Answer = _ => new Logs.Destination.SendResult.Unavailable("no");
        _rig.Volume.Write("app.log", "0123456\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.send.failures") > 0, cancellation: Cancellation);

        var drain = _rig.NewDrain(timeLeft: () => TimeSpan.FromSeconds(1));
        await PipelineRig.DrainAsync(drain);

        Assert.StartsWith("8 bytes stayed behind;", drain.LastWords(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_failed_before_is_tried_again_at_once()
    {
        var isDown = true;
        _rig.Options = _rig.Options with { FirstRetry = TimeSpan.FromHours(1), RetryCeiling = TimeSpan.FromHours(1) };
        _rig.Destination.Answer = _ => isDown ? new Logs.Destination.SendResult.Unavailable("no") : null;
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.send.failures") > 0, cancellation: Cancellation);
        isDown = false;

        await PipelineRig.DrainAsync(_rig.NewDrain());

        Assert.Equal(["one"], _rig.Destination.Messages);
    }
}
