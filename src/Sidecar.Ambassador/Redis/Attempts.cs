namespace Sidecar.Ambassador.Redis;

/// When the next connection attempt of a link may be made, and whether the present one takes too long.
internal sealed class Attempts(RedisEngine engine)
{
    private int _failures;
    private long _nextAt;
    private long _beganAt;

    public bool MayBegin => engine.Now >= _nextAt;

    public bool IsTooSlow => engine.Now - _beganAt > (engine.Encrypts ? engine.Options.HandshakeTimeout : engine.Options.ConnectTimeout).TotalMilliseconds;

    public void Begin() => _beganAt = engine.Now;

    public void Fail() => _nextAt = engine.Now + engine.Retry(++_failures);

    public void Succeed() => _failures = 0;

    public void StartOver() => (_failures, _nextAt) = (0, engine.Now);
}
