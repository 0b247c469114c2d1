using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Sending;

/// The service throttles, is away, or refuses: what the agent does until that is over.
public sealed class TroubleTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task What_comes_while_the_service_throttles_makes_the_next_batch_fuller()
    {
        var isThrottled = true;
        _rig.Destination.Answer = _ => isThrottled ? new SendResult.Throttled(TimeSpan.Zero) : null;
        _rig.Volume.Write("app.log", "1\n");
        _rig.Start();
        for (var line = 2; line <= 5; line++)
        {
            var failures = _rig.Counted("sidecar.logs.send.failures");
            _rig.Volume.Append("app.log", $"{line}\n");
            await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.send.failures") > failures, cancellation: Cancellation);
        }

        isThrottled = false;

        await _rig.ShippedAsync("1", "2", "3", "4", "5");
        Assert.Equal([5], _rig.Destination.BatchSizes);
    }

    [Fact]
    public async Task An_outage_is_asked_about_by_one_stream_at_a_time_and_ends_for_all_at_once()
    {
        var isDown = true;
        _rig.Destination.Answer = _ => isDown ? new SendResult.Unavailable("connection refused") : null;
        for (var i = 0; i < 200; i++)
            _rig.Volume.Write($"{i:000}.log", $"{i:000}\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.send.failures") >= 12, cancellation: Cancellation);
        var failures = _rig.Counted("sidecar.logs.send.failures");

        isDown = false;

        await Eventually.EqualAsync(200, () => _rig.Destination.Messages.Distinct().Count(), cancellation: Cancellation);
        Assert.Equal(200, _rig.Destination.Messages.Count);
        Assert.InRange(failures, 12, 60);
    }

    [Theory]
    [InlineData("Throttled")]
    [InlineData("Unavailable")]
    [InlineData("Refused")]
    public async Task Trouble_is_said_when_it_begins_and_when_it_is_over_and_not_in_between(string kind)
    {
        var isBad = true;
        _rig.Destination.Answer = _ => !isBad ? null : kind switch
        {
            "Throttled" => new SendResult.Throttled(TimeSpan.Zero),
            "Unavailable" => new SendResult.Unavailable("connection refused"),
            _ => new SendResult.Refused("AccessDeniedException: no"),
        };
        for (var i = 0; i < 5; i++)
            _rig.Volume.Write($"{i}.log", "x\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.send.failures") > 10, cancellation: Cancellation);

        isBad = false;

        await Eventually.EqualAsync(5, () => _rig.Destination.Messages.Count, cancellation: Cancellation);
        await Eventually.TrueAsync(() => _rig.Log.Lines.Any(line => line.StartsWith("Information: No batch is turned away any more", StringComparison.Ordinal)), cancellation: Cancellation);
        Assert.Single(_rig.Log.Lines, line => line.Contains("perhaps others", StringComparison.Ordinal));
        Assert.Single(_rig.Log.Lines, line => line.Contains("turned away", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lines_without_a_time_keep_their_place_when_their_batch_is_read_again()
    {
        var answers = new Queue<SendResult?>([new SendResult.Unavailable("no"), new SendResult.Unavailable("no"), null]);
        _rig.Destination.Answer = _ => answers.TryDequeue(out var answer) ? answer : null;
        _rig.Volume.Write("app.log", "2026-01-02T00:00:00Z a\nno time\n2026-01-02T00:00:01Z b\n2026-01-02T00:00:02Z c\n");
        _rig.Start();

        await _rig.ShippedAsync("2026-01-02T00:00:00Z a", "no time", "2026-01-02T00:00:01Z b", "2026-01-02T00:00:02Z c");
    }
}
