using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Tells HTTP/2 from HTTP/1.1 on one clear-text port by what every HTTP/2 client says first (RFC 9113, section 3.4), so that gRPC
/// clients need no listener of their own. Nothing is taken from the connection.
/// </summary>
internal static class Http2Preface
{
    private static ReadOnlySpan<byte> Words => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public static async Task<bool> IsSpokenAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;

        // A connection that has said nothing yet must not hold up the end: what serves it closes it then.
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        await using var registration = closing.Register(static reader => ((PipeReader)reader!).CancelPendingRead(), input);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync();
                var isSpoken = Judge(read.Buffer);
                if (isSpoken != null || read.IsCompleted || read.IsCanceled)
                {
                    input.AdvanceTo(read.Buffer.Start);
                    return isSpoken == true;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client left: whoever serves the connection meets the same.
            return false;
        }
    }

    /// <returns>Null while that can't be told yet.</returns>
    private static bool? Judge(in ReadOnlySequence<byte> said)
    {
        var count = (int)Math.Min(said.Length, Words.Length);
        Span<byte> first = stackalloc byte[count];
        said.Slice(0, count).CopyTo(first);
        if (!first.SequenceEqual(Words[..count])) return false;
        return count == Words.Length ? true : null;
    }
}
