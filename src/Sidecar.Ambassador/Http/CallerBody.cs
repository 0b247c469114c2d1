using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// A request's body as it comes. A read can be given up while the caller sends nothing: with Kestrel's own stream the body would
/// count as being read from then on, and the end of the request as a mistake. And it is never longer than allowed, which the
/// forwarder would have Kestrel forget for gRPC.
/// </summary>
/// <param name="maxBytes">0 for any size.</param>
internal sealed class CallerBody(PipeReader reader, long maxBytes) : PassingStream
{
    private long _bytes;

    public override bool CanRead => true;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = await NextAsync(cancellationToken);
            if (result.IsCanceled)
            {
                // It may also be left from a read that had ended just before it was given up.
                reader.AdvanceTo(result.Buffer.Start);
                continue;
            }

            var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
            var taken = result.Buffer.Slice(0, count);
            taken.CopyTo(buffer.Span);
            reader.AdvanceTo(taken.End);
            _bytes += count;
            if (maxBytes > 0 && _bytes > maxBytes) throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
            return count;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> NextAsync(CancellationToken cancellation)
    {
        var reading = reader.ReadAsync(CancellationToken.None);
        using var givingUp = reading.IsCompleted ? default : cancellation.UnsafeRegister(static reader => GiveUp((PipeReader)reader!), reader);
        try
        {
            return await reading;
        }
        catch (ConnectionAbortedException e)
        {
            throw new TaskCanceledException("The caller left.", e);
        }
    }

    private static void GiveUp(PipeReader reader)
    {
        try
        {
            reader.CancelPendingRead();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The caller is gone, which ends the read as well.
        }
    }
}
