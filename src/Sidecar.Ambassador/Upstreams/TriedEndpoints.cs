namespace Sidecar.Ambassador.Upstreams;

/// <summary>The endpoints that one request or connection has already met in vain. Costs nothing until the first; a copy stays as it is.</summary>
internal struct TriedEndpoints
{
    private Endpoint[]? _tried;

    public readonly int Count => _tried?.Length ?? 0;

    public readonly bool Contains(Endpoint endpoint) => _tried != null && Array.IndexOf(_tried, endpoint) >= 0;

    public void Add(Endpoint endpoint) => _tried = [.. _tried ?? [], endpoint];
}
