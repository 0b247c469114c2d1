using System.Runtime.CompilerServices;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// A connection to an endpoint in HTTP/1.1 on which a request and then no answer is an error. Without it HttpClient takes the
/// orderly end of a connection for that of an idle one, and sends what has no body up to three times more on its own, which no
/// budget bounds and nobody counts.
/// </summary>
internal sealed class AnswerStream(Stream inner) : PassingStream
{
    private volatile bool _isAsked;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompletedSuccessfully) return WaitAsync(read, buffer.IsEmpty);
        return new ValueTask<int>(Heard(read.Result, buffer.IsEmpty));
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (BeginsRequest(buffer.Span)) _isAsked = true;
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(ValueTask<int> read, bool isLook) => Heard(await read, isLook);

    // A look, with no buffer, says only that there is something to read, or the end.
    private int Heard(int count, bool isLook)
    {
        if (!_isAsked || isLook) return count;
        if (count == 0) throw new IOException("The connection ended before an answer.");
        _isAsked = false;
        return count;
    }

    // The methods that HttpClient gets without a body. What is left of another's body may come beside its answer, and says nothing.
    private static bool BeginsRequest(ReadOnlySpan<byte> sent) =>
        sent.StartsWith("GET "u8) || sent.StartsWith("HEAD "u8) || sent.StartsWith("OPTIONS "u8) || sent.StartsWith("PUT "u8)
        || sent.StartsWith("DELETE "u8) || sent.StartsWith("TRACE "u8);
}
