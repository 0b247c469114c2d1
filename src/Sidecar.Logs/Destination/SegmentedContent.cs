using System.Net;
using System.Net.Http.Headers;

namespace Sidecar.Logs.Destination;

/// Sends pooled segments as they are, without joining them first.
internal sealed class SegmentedContent : HttpContent
{
    private readonly IReadOnlyList<(byte[] Buffer, int Length)> _segments;
    private readonly long _length;

    public SegmentedContent(IReadOnlyList<(byte[] Buffer, int Length)> segments, MediaTypeHeaderValue type)
    {
        _segments = segments;
        foreach (var (_, length) in segments)
            _length += length;
        Headers.ContentType = type;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var (buffer, length) in _segments)
            await stream.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
