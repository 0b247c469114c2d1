namespace Sidecar.Ambassador.Upstreams;

/// <summary>The endpoints that one request or connection has already met in vain. Costs nothing until the first failure.</summary>
internal struct TriedEndpoints
{
    private List<Endpoint>? _tried;

    public readonly int Count => _tried?.Count ?? 0;

    public readonly bool Contains(Endpoint endpoint) => _tried != null && _tried.Contains(endpoint);

    public void Add(Endpoint endpoint) => (_tried ??= []).Add(endpoint);
}
