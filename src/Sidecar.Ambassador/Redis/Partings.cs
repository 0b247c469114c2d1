using Sidecar.Ambassador.Redis.Io;

namespace Sidecar.Ambassador.Redis;

/// Clients that were told their last and may still be sending: closed at once, TCP would throw away that last reply together with what
/// nobody read. What they send is read and forgotten until they close too, or for two seconds.
internal sealed class Partings(RedisEngine engine)
{
    private const int PatienceMilliseconds = 2000;

    private readonly Queue<(IRedisSocket Socket, long Until)> _partings = new();

    public void Add(IRedisSocket socket)
    {
        socket.EndSending();
        socket.IsReading = true;
        _partings.Enqueue((socket, engine.Now + PatienceMilliseconds));
    }

    public void Discard(IRedisSocket socket)
    {
        if (socket.Receive(engine.Scratch) is 0 or SocketResult.Lost)
            socket.Close();
    }

    public void Tick() => EndUntil(engine.Now);

    public void EndAll() => EndUntil(long.MaxValue);

    private void EndUntil(long time)
    {
        while (_partings.TryPeek(out var first) && first.Until <= time)
            _partings.Dequeue().Socket.Close();
    }
}
