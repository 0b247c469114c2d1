using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Passes an answer's body on as it comes, and shows each piece before that. A stream in its place would hide from the server that
/// an answer is complete: gRPC's clients miss a status that stands in headers behind which anything comes.
/// </summary>
internal sealed class WatchedAnswer(IHttpResponseBodyFeature inner, Action<ReadOnlySpan<byte>> passed) : PassingStream, IHttpResponseBodyFeature
{
    private PipeWriter? _writer;

    public Stream Stream => this;

    public PipeWriter Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    public override bool CanWrite => true;

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync() => inner.CompleteAsync();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        passed(buffer.Span);
        return inner.Stream.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.Stream.FlushAsync(cancellationToken);
}
