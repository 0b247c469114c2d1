using System.Net;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// A request's body that is sent as it comes. HttpClient would hold up to 4 KB back until more arrives, which for a slow upload
/// may be never.
/// </summary>
internal sealed class PromptContent : HttpContent
{
    private readonly HttpContent _inner;

    public PromptContent(HttpContent inner)
    {
        _inner = inner;
        foreach (var header in inner.Headers.NonValidated) Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _inner.CopyToAsync(new PromptStream(stream), context, cancellationToken);

    // The length stands in the caller's header, or the body is chunked.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
