namespace Sidecar.Ambassador.Redis;

/// Clients that were told their last and may still be sending: closed at once, TCP would throw away that last reply together with what
/// nobody read. What they send is read and forgotten until they close too, or for two seconds.
internal sealed class Partings(RedisEngine engine)
{
    private const int PatienceMilliseconds = 2000;

    private readonly Queue<(ClientSession Client, long Until)> _partings = new();

    public void Add(ClientSession client) => _partings.Enqueue((client, engine.Now + PatienceMilliseconds));

    public void Tick() => EndUntil(engine.Now);

    public void EndAll() => EndUntil(long.MaxValue);

    private void EndUntil(long time)
    {
        while (_partings.TryPeek(out var first) && first.Until <= time)
            _partings.Dequeue().Client.EndParting();
    }
}
