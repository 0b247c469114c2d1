using System.Collections.Immutable;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// The live endpoints of an upstream in the order in which the user named them: an immutable snapshot, replaced as a whole.
/// </summary>
internal sealed class EndpointSet(ImmutableArray<Endpoint> endpoints)
{
    public static readonly EndpointSet Empty = new([]);

    public ImmutableArray<Endpoint> All { get; } = endpoints;

    public bool HasHealthy
    {
        get
        {
            foreach (var endpoint in All)
            {
                if (endpoint.Health.IsHealthy) return true;
            }

            return false;
        }
    }

    public bool HasOtherHealthy(Endpoint than)
    {
        foreach (var endpoint in All)
        {
            if (endpoint != than && endpoint.Health.IsHealthy) return true;
        }

        return false;
    }

    /// <summary>The same set with these members; an endpoint that was here before stays the object that it was.</summary>
    public EndpointSet With(IEnumerable<Endpoint> members)
    {
        var chosen = ImmutableArray.CreateBuilder<Endpoint>();
        foreach (var member in members)
        {
            if (!chosen.Any(member.IsSame)) chosen.Add(All.FirstOrDefault(member.IsSame) ?? member);
        }

        return chosen.SequenceEqual(All) ? this : new EndpointSet(chosen.ToImmutable());
    }
}
