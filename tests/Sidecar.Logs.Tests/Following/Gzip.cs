using System.Diagnostics;
using System.IO.Compression;

namespace Sidecar.Logs.Tests.Following;

/// Compression by the real gzip.
internal static class Gzip
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// Compresses a file in place; without its time, as loggers in Java do it.
    public static async Task FileAsync(string path, bool keepsTime = true)
    {
        if (keepsTime)
        {
            using var gzip = Process.Start("gzip", path);
            await gzip.WaitForExitAsync(Cancellation);
            Assert.Equal(0, gzip.ExitCode);
            return;
        }

        await using (var from = File.OpenRead(path))
        await using (var to = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Optimal))
            await from.CopyToAsync(to, Cancellation);
        File.Delete(path);
    }

    /// A text as a compressed file of its own.
    public static async Task<byte[]> PartAsync(string text)
    {
        using var gzip = Process.Start(new ProcessStartInfo("gzip", "-c") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await gzip.StandardInput.WriteAsync(text);
        gzip.StandardInput.Close();
        using var part = new MemoryStream();
        await gzip.StandardOutput.BaseStream.CopyToAsync(part, Cancellation);
        await gzip.WaitForExitAsync(Cancellation);
        return part.ToArray();
    }

    /// What logrotate does to a file and the generations before it.
    public static async Task RotateAsync(string path)
    {
        for (var n = 8; n >= 1; n--)
        {
            if (File.Exists($"{path}.{n}.gz"))
                File.Move($"{path}.{n}.gz", $"{path}.{n + 1}.gz");
        }

        File.Move(path, path + ".1");
        await FileAsync(path + ".1");
    }
}
