using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Sending;

/// Which stream a file's lines go to.
public sealed class StreamsTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Files_beyond_the_allowed_number_of_streams_share_one_and_that_is_said_once()
    {
        _rig.Options = _rig.Options with { MaxStreams = 3 };
        for (var i = 0; i < 6; i++)
            _rig.Volume.Write($"{i}.log", $"{i}\n");
        _rig.Start();

        await Eventually.EqualAsync(6, () => _rig.Destination.Messages.Count, cancellation: Cancellation);

        Assert.Equal(4, _rig.Destination.Events.Select(one => one.Target).Distinct().Count());
        Assert.Equal(3, _rig.Destination.In("host/overflow").Count);
        Assert.Single(_rig.Log.Lines, line => line.StartsWith("Error: There are 3 streams already", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Events_wait_until_it_is_known_what_their_stream_is_called_and_others_do_not()
    {
        _rig.Options = _rig.Options with
        {
            Sources = [Sources.Of(_rig.PathOf("task*.log"), name: "task", stream: "{task}/{file}"), Sources.Of(_rig.PathOf("*.log"))],
        };
        _rig.Volume.Write("task.log", "one\n");
        _rig.Volume.Write("other.log", "two\n");
        _rig.Start();
        await _rig.ShippedAsync("two");

        _rig.Options.Surroundings.Learn(new Dictionary<string, string>(StringComparer.Ordinal) { [Placeholders.Task] = "0f6a" });

        await Eventually.EqualAsync(1, () => _rig.Destination.In("0f6a/task.log").Count, cancellation: Cancellation);
    }
}
