using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Sidecar.Hosting.Settings;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;
/// Appends each event as a line to a file. A batch is acknowledged only when the disk has it; one that got there in part is taken
/// back, so that trying it again neither loses nor repeats a line. The file may be moved away at any time: the next batch starts anew.
internal sealed class FileDestination(string path) : ILogDestination, IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public async Task<SendResult> SendAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        var lines = ArrayPool<byte>.Shared.Rent(batch.MessageBytes + batch.Events.Length);
        try
        {
            // Opened for each batch: a batch is up to 1 MiB, and a file that was rotated away must not get it.
            using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            Append(file, lines.AsSpan(0, EventLines.Write(batch, lines)));
            return SendResult.StoredAll;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SendResult.Unavailable($"{path}: {FileTrouble.Reason(e)}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(lines);
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private static void Append(SafeFileHandle file, ReadOnlySpan<byte> lines)
    {
        var end = RandomAccess.GetLength(file);
        try
        {
            RandomAccess.Write(file, lines, end);
            RandomAccess.FlushToDisk(file);
        }
        catch (IOException)
        {
            RandomAccess.SetLength(file, end);
            throw;
        }
    }
}
