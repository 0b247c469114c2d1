using System.Net;
using System.Net.Http.Headers;

namespace Sidecar.Logs.Destination;

/// Sends pooled segments as they are, without joining them first, and says each time that some more has left.
internal sealed class SegmentedContent : HttpContent
{
    /// On a slow line each piece is worth hearing of.
    private const int PieceBytes = 64 * 1024;

    private readonly IReadOnlyList<(byte[] Buffer, int Length)> _segments;
    private readonly Action _moved;
    private readonly long _length;

    public SegmentedContent(IReadOnlyList<(byte[] Buffer, int Length)> segments, MediaTypeHeaderValue type, Action moved)
    {
        _segments = segments;
        _moved = moved;
        foreach (var (_, length) in segments)
            _length += length;
        Headers.ContentType = type;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var (buffer, length) in _segments)
        {
            for (var from = 0; from < length; from += PieceBytes)
            {
                await stream.WriteAsync(buffer.AsMemory(from, Math.Min(PieceBytes, length - from)), cancellationToken);
                _moved();
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
