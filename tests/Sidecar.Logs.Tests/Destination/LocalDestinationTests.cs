using System.Text;
using Sidecar.Logs.Destination;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Destination;

public sealed class LocalDestinationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_gets_a_line_for_each_event()
    {
        using var output = new MemoryStream();
        using var destination = new StreamDestination(output);

        await destination.SendAsync(Batches.Of("one", "é\n  at Trace"), Cancellation);
        await destination.SendAsync(Batches.Of("two"), Cancellation);

        Assert.Equal("one\né\n  at Trace\ntwo\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task A_file_is_appended_to_and_started_anew_when_it_was_moved_away()
    {
        using var volume = new TempVolume();
        var path = volume.Write("out.log", "kept\n");
        using var destination = new FileDestination(path);

        var first = await destination.SendAsync(Batches.Of("one"), Cancellation);
        File.Move(path, path + ".1");
        await destination.SendAsync(Batches.Of("two"), Cancellation);

        Assert.Same(SendResult.StoredAll, first);
        Assert.Equal("kept\none\n", await File.ReadAllTextAsync(path + ".1", Cancellation));
        Assert.Equal("two\n", await File.ReadAllTextAsync(path, Cancellation));
    }

    [Fact]
    public async Task Batches_at_once_do_not_mix_their_lines()
    {
        using var volume = new TempVolume();
        var path = volume.PathOf("out.log");
        using var destination = new FileDestination(path);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => destination.SendAsync(Batches.Of(Batches.Numbered(100, i * 100)), Cancellation)));

        Assert.Equal(Batches.Numbered(2000).Order(), (await File.ReadAllLinesAsync(path, Cancellation)).Order());
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_no_acknowledgement()
    {
        using var volume = new TempVolume();
        using var destination = new FileDestination(Path.Combine(volume.Root, "missing", "out.log"));

        Assert.IsType<SendResult.Unavailable>(await destination.SendAsync(Batches.Of("one"), Cancellation));
    }

    [Fact]
    public async Task A_full_disk_is_no_acknowledgement()
    {
        using var destination = new FileDestination("/dev/full");

        Assert.Contains("/dev/full", Assert.IsType<SendResult.Unavailable>(await destination.SendAsync(Batches.Of("one"), Cancellation)).Reason, StringComparison.Ordinal);
    }
}
