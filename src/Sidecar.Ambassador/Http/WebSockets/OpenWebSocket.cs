namespace Sidecar.Ambassador.Http.WebSockets;

/// <summary>
/// The app's side of a WebSocket that goes through. It passes bytes on as they are, until it is told to say goodbye: then the app
/// gets a close frame after the frame that is under way, and nothing more. The app's own close frame goes to the endpoint.
/// </summary>
internal sealed class OpenWebSocket(Stream inner, Action<OpenWebSocket> closed) : PassingStream
{
    // Close, "going away" (RFC 6455, section 7.4.1).
    private static readonly byte[] GoingAway = [0x88, 2, 1001 >> 8, 1001 & 0xff];

    private readonly SemaphoreSlim _writing = new(1);
    private FrameBoundary _boundary = new();
    private volatile bool _isLeaving;
    private bool _saidGoodbye;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>The close frame comes at once, or after the frame that is under way.</summary>
    public async Task SayGoodbyeAsync(CancellationToken cancellation)
    {
        try
        {
            _isLeaving = true;
            await _writing.WaitAsync(cancellation);
            if (_boundary.IsBetweenFrames && !_saidGoodbye) await LeaveAsync(cancellation);
            _writing.Release();
        }
        catch (InvalidOperationException)
        {
            // It has closed in this moment.
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_saidGoodbye) return;
            var whole = 0;
            while (whole < buffer.Length && !(_isLeaving && whole > 0 && _boundary.IsBetweenFrames)) whole += _boundary.TakeToEndOfFrame(buffer.Span[whole..]);
            await inner.WriteAsync(buffer[..whole], cancellationToken);
            if (_isLeaving && _boundary.IsBetweenFrames) await LeaveAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        closed(this);
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            closed(this);
            inner.Dispose();
            _writing.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task LeaveAsync(CancellationToken cancellation)
    {
        _saidGoodbye = true;
        await inner.WriteAsync(GoingAway, cancellation);
        await inner.FlushAsync(cancellation);
    }
}
