using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Checkpoints;

public sealed class CheckpointWriterTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task Saves_the_newest_state_once_for_any_number_of_changes()
    {
        using var store = CheckpointStore.Open(_volume.Root);
        var asked = 0;
        var writer = new CheckpointWriter(store, () => [Checkpoint(++asked)], _time);
        for (var i = 0; i < 10; i++)
            writer.Changed();

        await writer.TurnAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, asked);
        Assert.Equal(1, store.Load(out _)!.Single().Size);
        Assert.False(writer.TurnAsync(TestContext.Current.CancellationToken).IsCompleted);
    }

    [Fact]
    public async Task A_save_that_failed_is_made_good_at_the_next_turn()
    {
        using var store = CheckpointStore.Open(_volume.Root);
        var fails = true;
        var writer = new CheckpointWriter(store, () => fails ? throw new IOException("disk full") : [Checkpoint(7)], _time);
        writer.Changed();

        await Assert.ThrowsAsync<IOException>(() => writer.TurnAsync(TestContext.Current.CancellationToken));
        _time.Advance(TimeSpan.FromSeconds(3));
        var age = writer.Age;
        fails = false;
        await writer.TurnAsync(TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(3), age);
        Assert.Equal(TimeSpan.Zero, writer.Age);
        Assert.Equal(7, store.Load(out _)!.Single().Size);
    }

    [Fact]
    public async Task Whoever_waits_for_a_change_goes_on_when_it_is_on_disk_and_at_once_while_the_disk_takes_nothing()
    {
        using var store = CheckpointStore.Open(_volume.Root);
        var fails = false;
        var writer = new CheckpointWriter(store, () => fails ? throw new IOException("disk full") : [Checkpoint(7)], _time);
        var waits = writer.SettledAsync(writer.Changed(), TestContext.Current.CancellationToken);
        Assert.False(waits.IsCompleted);

        writer.Save();
        await waits;
        await writer.SettledAsync(0, TestContext.Current.CancellationToken);
        var next = writer.SettledAsync(writer.Changed(), TestContext.Current.CancellationToken);
        fails = true;
        Assert.Throws<IOException>(writer.Save);

        await next;
        await writer.SettledAsync(writer.Changed(), TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Throws<IOException>(writer.Save);
        Assert.Equal(TimeSpan.FromSeconds(3), writer.Age);
    }

    [Fact]
    public async Task A_state_that_changes_all_the_time_is_flushed_once_a_second_and_at_the_end()
    {
        using var store = CheckpointStore.Open(_volume.Root);
        var size = 0;
        var writer = new CheckpointWriter(store, () => [Checkpoint(++size)], _time);

        Assert.Equal(1, await FlushedAfterAsync(writer, TimeSpan.Zero));
        Assert.Equal(1, await FlushedAfterAsync(writer, TimeSpan.FromMilliseconds(999)));
        Assert.Equal(3, await FlushedAfterAsync(writer, TimeSpan.FromMilliseconds(1)));
        Assert.Equal(3, await FlushedAfterAsync(writer, TimeSpan.Zero));
        writer.Save();
        Assert.Equal(5, FlushedSize());
    }

    /// The size in the flushed state after a change and a turn.
    private async Task<long> FlushedAfterAsync(CheckpointWriter writer, TimeSpan pause)
    {
        _time.Advance(pause);
        var settled = writer.SettledAsync(writer.Changed(), TestContext.Current.CancellationToken);
        await writer.TurnAsync(TestContext.Current.CancellationToken);
        await settled;
        return FlushedSize();
    }

    private long FlushedSize() => StateFile.Read(File.ReadAllBytes(_volume.PathOf(CheckpointStore.StateName)), out _, out _)!.Single().Size;

    private static Checkpoint Checkpoint(long size) => new(
        new FileIdentity(1, 2), "/a.log", "default", new StreamTarget("/g", "s"), Bookmark.Start, size, 0);
}
