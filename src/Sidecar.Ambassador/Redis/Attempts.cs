namespace Sidecar.Ambassador.Redis;

/// When the next connection attempt of a link may be made, and whether the present one takes too long.
internal sealed class Attempts(RedisEngine engine, UpstreamLink link)
{
    private int _failures;
    private long _nextAt;
    private long _beganAt;
    private bool _isUnderWay;

    public bool MayBegin => engine.Now >= _nextAt && engine.MayConnect(link);

    public bool IsTooSlow => engine.Now - _beganAt > (engine.Encrypts ? engine.Options.HandshakeTimeout : engine.Options.ConnectTimeout).TotalMilliseconds;

    public void Begin()
    {
        _beganAt = engine.Now;
        _isUnderWay = true;
        engine.Connecting++;
    }

    public void Fail()
    {
        _nextAt = engine.Now + engine.Retry(++_failures);
        End();
    }

    public void Succeed()
    {
        _failures = 0;
        End();
    }

    public void StartOver() => (_failures, _nextAt) = (0, engine.Now);

    public void End()
    {
        engine.Connecting -= _isUnderWay ? 1 : 0;
        _isUnderWay = false;
    }
}
