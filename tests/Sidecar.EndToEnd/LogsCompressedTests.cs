using System.IO.Compression;
using System.Text;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// The published agent knows a compressed file that is not whole: that depends on a switch of the runtime, which a publish could lose.
public sealed class LogsCompressedTests : IDisposable
{
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task What_was_compressed_in_two_parts_is_read_on_once_the_second_is_whole()
    {
        _volume.Write("app.log", "1\n2\n");
        await RunAsync(lines: 2);
        byte[] whole = [.. Part("1\n2\n3\n"), .. Part("4\n5\n")];
        await File.WriteAllBytesAsync(_volume.PathOf("app.log.1.gz"), whole[..^6], Cancellation);
        File.Delete(_volume.PathOf("app.log"));
        _volume.Write("app.log", "new\n");

        await RunAsync(lines: 3);
        Assert.Equal(["1", "2", "new"], Shipped);
        await File.WriteAllBytesAsync(_volume.PathOf("app.log.1.gz"), whole, Cancellation);
        await RunAsync(lines: 6);

        Assert.Equal(["1", "2", "new", "3", "4", "5"], Shipped);
    }

    private string[] Shipped => File.Exists(_volume.PathOf("out")) ? File.ReadAllLines(_volume.PathOf("out")) : [];

    /// Until there are so many lines; then it is drained, which would send what it had taken besides.
    private async Task RunAsync(int lines)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LOGS_PATHS"] = _volume.PathOf("app.log"),
            ["LOGS_DESTINATION"] = "file:" + _volume.PathOf("out"),
            ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
            ["LOGS_MULTILINE"] = "off",
            ["LOGS_QUIET_PERIOD"] = "300ms",
        };
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-logs", settings, Cancellation);
        await Eventually.EqualAsync(lines, () => Shipped.Length, TimeSpan.FromSeconds(30), Cancellation);
        sidecar.Terminate();
        Assert.Equal(0, await sidecar.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    private static byte[] Part(string text)
    {
        using var part = new MemoryStream();
        using (var gzip = new GZipStream(part, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return part.ToArray();
    }
}
