using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Discovery;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Pipeline;

public sealed class StateTroubleTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Where_nothing_can_be_written_at_start_shipping_goes_on_and_it_is_made_good_as_soon_as_it_can()
    {
        var inTheWay = _rig.Volume.Write("volume", "not a folder");
        _rig.Options = _rig.Options with { StateFolder = Path.Combine(inTheWay, "state") };
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        _rig.Volume.Append("app.log", "two\n");
        await _rig.ShippedAsync("one", "two");

        File.Delete(inTheWay);
        _rig.Volume.Append("app.log", "three\n");

        await Eventually.EqualAsync(
            14, () => CheckpointStore.Read(_rig.Options.StateFolder, out _)?.Single().Bookmark.Offset, cancellation: Cancellation);
        Assert.Throws<IOException>(() => CheckpointStore.Open(_rig.Options.StateFolder));
    }

    [Fact]
    public async Task Where_nothing_can_be_remembered_nothing_is_skipped_either()
    {
        var inTheWay = _rig.Volume.Write("volume", "not a folder");
        _rig.Options = _rig.Options with
        {
            StateFolder = Path.Combine(inTheWay, "state"),
            Sources = [Sources.Of(_rig.PathOf("*.log"), start: LogStart.End)],
        };
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();

        await _rig.ShippedAsync("one");
    }

    [Fact]
    public async Task While_the_disk_is_full_shipping_goes_on_and_the_state_is_written_when_there_is_room()
    {
        _rig.Volume.Folder("state");
        File.CreateSymbolicLink(_rig.PathOf("state/checkpoints.next"), "/dev/full");
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        _rig.Volume.Append("app.log", "two\n");
        await _rig.ShippedAsync("one", "two");
        Assert.False(File.Exists(_rig.PathOf("state/checkpoints.json")));

        File.Delete(_rig.PathOf("state/checkpoints.next"));

        await Eventually.EqualAsync(
            8, () => CheckpointStore.Read(_rig.PathOf("state"), out _)?.Single().Bookmark.Offset, cancellation: Cancellation);
    }
}
