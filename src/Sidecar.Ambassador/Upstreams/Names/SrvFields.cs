namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>What an SRV record says of its host: lower priorities are taken first, within one the weight is the share.</summary>
internal readonly record struct SrvFields(int Priority, int Weight, int Port);
