namespace Sidecar.Logs.Batching;

/// <summary>Where events go: a log group and a stream in it.</summary>
internal readonly record struct StreamTarget(string Group, string Stream)
{
    public override string ToString() => Group.Length == 0 ? Stream : $"{Group} {Stream}";
}
