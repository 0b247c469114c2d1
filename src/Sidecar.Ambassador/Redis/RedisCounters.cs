namespace Sidecar.Ambassador.Redis;

/// What one Redis listener counts. Written by its one thread, read by any: a number may be a moment old, never torn.
internal sealed class RedisCounters
{
    public long Clients;
    public long ClientsCut;
    public long Commands;
    public long Denied;
    public long Waiting;
    public long WaitingBytes;
    public long Lanes;
    public long OwnLinks;
    public long Pinned;
    public long Held;
    public long Replayed;
    public long FateUnknown;
    public long Connects;
    public long ConnectsFailed;
    public long Redirected;
    public long Spread;
    public long Silent;
    public long Failovers;
    public long Handovers;
    public long Faults;
}
