using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

/// Writers that do not append, under copytruncate.
public sealed class HolesTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_003)]
    [InlineData(300_000_000)]
    public async Task The_hole_that_a_truncation_leaves_is_counted_and_not_shipped(int length)
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");

        using var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        writer.SetLength(0);
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.truncations") == 1, cancellation: Cancellation);
        writer.Position = length;
        writer.Write("two \0\0 and more\nthree\n"u8);
        writer.Flush();

        await _rig.ShippedAsync("one", "two \0\0 and more", "three");
        await Eventually.EqualAsync(length, () => _rig.Counted("sidecar.logs.bytes.skipped"), cancellation: Cancellation);
    }

    [Fact]
    public async Task A_hole_after_lines_that_another_writer_appended_parts_them_from_what_follows()
    {
        var path = _rig.Volume.Write("app.log", "one\nhalf");
        using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            writer.Position = 2_000_000;
            writer.Write("two\n"u8);
        }

        _rig.Start();

        await _rig.ShippedAsync("one", "half", "two");
        await Eventually.EqualAsync(2_000_000 - 8, () => _rig.Counted("sidecar.logs.bytes.skipped"), cancellation: Cancellation);
    }

    [Fact]
    public async Task What_is_written_into_a_file_that_was_made_long_beforehand_is_shipped_and_its_empty_end_does_not_hold_up_a_drain()
    {
        var path = _rig.PathOf("app.log");
        using var writer = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        writer.SetLength(10_000_000);
        writer.Write("one\n"u8);
        writer.Flush();
        _rig.Start();
        await _rig.ShippedAsync("one");

        writer.Write("two\n"u8);
        writer.Flush();

        await _rig.ShippedAsync("one", "two");
        await _rig.DrainAsync();
        Assert.Equal(0, _rig.Running.Status().Single()!["backlog"]!.GetValue<long>());
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.skipped"));
    }

    [Fact]
    public async Task After_a_restart_reading_goes_on_behind_the_hole()
    {
        var path = _rig.Volume.Write("app.log", "");
        using var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        writer.Position = 5_000_000;
        writer.Write("one\n"u8);
        writer.Flush();
        _rig.Start();
        await _rig.ShippedAsync("one");
        await _rig.DrainAsync();
        await _rig.KillAsync();

        writer.Write("two\n"u8);
        writer.Flush();
        _rig.Start();

        await _rig.ShippedAsync("one", "two");
    }
}
