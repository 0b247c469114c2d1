using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Sending;

public sealed class OrderOfDeliveryTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Events_arrive_once_and_in_the_order_of_the_file_whatever_their_times_and_however_often_a_batch_fails()
    {
        var answers = 0;
        _rig.Destination.Answer = _ => Interlocked.Increment(ref answers) switch
        {
            1 => new SendResult.Unavailable("no answer"),
            3 => new SendResult.Throttled(TimeSpan.FromMilliseconds(50)),
            _ => null,
        };
        var hours = new[] { 3, 1, 2, 2, 5, 4 };
        var lines = Enumerable.Range(0, 600).Select(i => $"2026-01-02T0{hours[i / 100]}:00:0{i % 7}Z {i}").ToArray();
        File.WriteAllText(_rig.PathOf("a.log"), string.Join('\n', lines) + "\n");

        _rig.Start();
        await _rig.ShippedAsync(lines);

        Assert.True(answers > 4);
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.timestamps.clamped") > 0, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(0, _rig.Counted("sidecar.logs.timestamps.replaced"));
    }
}
