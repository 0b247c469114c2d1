using System.Diagnostics;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

public sealed class HoldLimitTests : IAsyncDisposable
{
    private const int LineBytes = 10_000;
    private const int LinesAFile = 20;

    private readonly PipelineRig _rig = new();

    public HoldLimitTests()
    {
        _rig.Options = _rig.Options with { HoldLimit = 7 * LinesAFile * LineBytes / 2 };
        _rig.Destination.Answer = _ => new SendResult.Unavailable("down");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Of_deleted_files_that_hold_more_than_they_may_the_oldest_are_given_up_and_what_is_lost_is_counted()
    {
        _rig.Start();
        for (var n = 0; n < 5; n++)
        {
            var path = await WriteAsync(n);
            File.Delete(path);
        }

        await Eventually.EqualAsync(2 * LinesAFile * LineBytes, () => _rig.Counted("sidecar.logs.bytes.lost"), cancellation: Cancellation);
        _rig.Destination.Answer = _ => null;

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 3 * LinesAFile, cancellation: Cancellation);
        await _rig.DrainAsync();
        Assert.Equal(["2", "3", "4"], _rig.Destination.Messages.Select(line => line[..1]).Distinct().Order());
        await _rig.KillAsync();
        _rig.Start();
        await _rig.DrainAsync();
        Assert.Equal(2 * LinesAFile * LineBytes, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    [Fact]
    public async Task What_a_compressed_file_still_holds_is_not_lost_when_its_origin_is_given_up()
    {
        _rig.Start();
        for (var n = 0; n < 5; n++)
        {
            var path = await WriteAsync(n);
            File.Move(path, $"{path}.1");
            using var gzip = Process.Start("gzip", $"{path}.1");
            await gzip.WaitForExitAsync(Cancellation);
        }

        await Eventually.TrueAsync(() => _rig.OpenFiles.Count(name => name.EndsWith(".gz", StringComparison.Ordinal)) == 2, cancellation: Cancellation);
        _rig.Destination.Answer = _ => null;

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 5 * LinesAFile, cancellation: Cancellation);
        await _rig.DrainAsync();
        Assert.Equal(5 * LinesAFile, _rig.Destination.Messages.Distinct().Count());
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    [Fact]
    public async Task A_file_that_still_has_a_name_is_never_given_up()
    {
        _rig.Start();
        for (var n = 0; n < 5; n++)
        {
            var path = await WriteAsync(n);
            File.Move(path, $"{path}.1");
        }

        _rig.Destination.Answer = _ => null;

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 5 * LinesAFile, cancellation: Cancellation);
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    private async Task<string> WriteAsync(int n)
    {
        var line = new string('x', LineBytes - 5);
        var path = _rig.Volume.Write($"app{n}.log", string.Concat(Enumerable.Range(0, LinesAFile).Select(i => $"{n} {i:00}{line}\n")));
        await Eventually.TrueAsync(() => _rig.OpenFiles.Contains($"app{n}.log"), cancellation: Cancellation);
        return path;
    }
}
