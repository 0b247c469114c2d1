using System.Runtime.CompilerServices;

namespace Sidecar.Ambassador.Redis.Io;

/// A socket of the loop as the stream that SslStream wants below it. It is read only when the loop says that there is something.
internal sealed class SocketStream(IRedisSocket socket) : PassingStream
{
    private readonly Signal _readable = new();
    private readonly Signal _writable = new();
    private bool _isKnownReadable;
    private bool _isClosed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public void BecameReadable()
    {
        _readable.Set();
        // Nobody wants more: it waits in the kernel, and is told of when somebody does.
        if (!_readable.IsWaitedFor)
            socket.IsReading = false;
    }

    public void BecameWritable() => _writable.Set();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (!_isKnownReadable)
            {
                var readable = _readable.NextAsync();
                socket.IsReading = true;
                await readable;
            }
            // SslStream waits with no buffer at all, and takes one when there is something to read.
            _isKnownReadable = buffer.IsEmpty;
            if (buffer.IsEmpty && !_isClosed)
                return 0;
            int count = _isClosed ? SocketResult.Lost : socket.Receive(buffer.Span);
            if (count >= 0)
                return count;
            if (count == SocketResult.Lost)
                throw new IOException("the connection was reset");
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int sent = _isClosed ? SocketResult.Lost : socket.Send(buffer.Span);
            if (sent == SocketResult.Lost)
                throw new IOException("the connection was reset");
            buffer = buffer[sent..];
            if (!buffer.IsEmpty)
                await _writable.NextAsync();
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Whoever waits finds that it is over.
    protected override void Dispose(bool disposing)
    {
        _isClosed = true;
        _readable.Set();
        _writable.Set();
        base.Dispose(disposing);
    }
}
