using System.Buffers;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;

/// Each event as a line on a stream, stdout in practice. An event of several lines stays as it is.
internal sealed class StreamDestination(Stream output) : ILogDestination, IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public async Task<SendResult> SendAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        var lines = ArrayPool<byte>.Shared.Rent(batch.MessageBytes + batch.Events.Length);
        try
        {
            await output.WriteAsync(lines.AsMemory(0, EventLines.Write(batch, lines)), cancellationToken);
            await output.FlushAsync(cancellationToken);
            return SendResult.StoredAll;
        }
        catch (IOException e)
        {
            return new SendResult.Unavailable(e.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(lines);
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();
}
