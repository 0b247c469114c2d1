namespace Sidecar.Logs.Batching;

/// Where events go: a log group and a stream in it.
internal readonly record struct StreamTarget(string Group, string Stream)
{
    public override string ToString() => Group.Length == 0 ? Stream : $"{Group} {Stream}";
}
