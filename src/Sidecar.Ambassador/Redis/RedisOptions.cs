using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Redis;

/// How a Redis listener deals with an upstream that is away, with clients that are slow, and with what clients may not do.
internal sealed record RedisOptions
{
    /// How long a command waits for an upstream before it fails.
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// How much may wait in all on one connection while there is no upstream.
    public int QueueBytes { get; init; } = 32 * 1024 * 1024;

    /// What is sent again when nobody knows whether it was executed.
    public Replay Replay { get; init; } = Replay.Idempotent;

    /// How long a connection attempt may take.
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// The same when a TLS handshake belongs to it, for which a busy machine takes its time.
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// Silence with replies outstanding: time to ask whether the master is still the master.
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// How often an idle lane is asked for a sign of life.
    public TimeSpan IdleProbe { get; init; } = TimeSpan.FromSeconds(5);

    /// How long the shared connection of a login outlives its last client.
    public TimeSpan IdleLane { get; init; } = TimeSpan.FromSeconds(10);

    /// From here on a request or a reply is passed on while it arrives.
    public int LargeFrom { get; init; } = 64 * 1024;

    /// What a client may leave unread before the server is no longer read for it.
    public int ClientBacklog { get; init; } = 1024 * 1024;

    /// How long one client may keep a shared connection waiting by not reading.
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// What is then held for it in memory; beyond that it is cut off. Where there is little memory, less: an eighth of it.
    public int StallBytes { get; init; } = (int)Math.Min(64 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    /// How long a client keeps a connection of its own that holds nothing of it any more.
    public TimeSpan IdleOwn { get; init; } = TimeSpan.FromSeconds(10);

    /// How much of one client may be under way before its further commands wait.
    public int ClientInFlightBytes { get; init; } = 1024 * 1024;

    public int ClientInFlightCommands { get; init; } = 16 * 1024;

    /// What takes longer stands in the slow log; nothing does when it is zero.
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// Whether the slow log shows more than a command's name and key.
    public bool ShowsArguments { get; init; }

    /// What clients have to log in with; null when they need not.
    public Secret? LocalPassword { get; init; }

    /// Null when nothing is denied.
    public DenyList? Denied { get; init; }

    public RedisIoKind Io { get; init; } = RedisIoKind.Auto;
}
