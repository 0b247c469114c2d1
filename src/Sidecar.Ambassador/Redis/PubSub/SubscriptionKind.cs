namespace Sidecar.Ambassador.Redis.PubSub;

/// What is subscribed to: a name, a pattern, or a name that belongs to a slot.
internal enum SubscriptionKind : byte
{
    Channel,
    Pattern,
    Shard,
}
