using System.Collections.Immutable;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// The live endpoints of an upstream in the order in which the user named them: an immutable snapshot, replaced as a whole.
/// </summary>
internal sealed class EndpointSet
{
    public static readonly EndpointSet Empty = new([]);

    private EndpointSet(ImmutableArray<Endpoint> endpoints)
    {
        All = endpoints;
        Tiers = [.. endpoints.GroupBy(endpoint => endpoint.Priority).OrderBy(tier => tier.Key).Select(tier => tier.ToImmutableArray())];
        CanaryFirst = Tiers.Length > 1 && Tiers[^1][0].IsCanary ? [Tiers[^1], .. Tiers[..^1]] : Tiers;
    }

    public ImmutableArray<Endpoint> All { get; }

    /// <summary>Those that are equal to each other, the ones to be used first in front.</summary>
    public ImmutableArray<ImmutableArray<Endpoint>> Tiers { get; }

    /// <summary>The same for a request that is to try the canary: it stands in front instead of at the end.</summary>
    public ImmutableArray<ImmutableArray<Endpoint>> CanaryFirst { get; }

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
        var isRanked = true;
        foreach (var member in members)
        {
            if (chosen.Any(member.IsSame)) continue;
            var known = All.FirstOrDefault(member.IsSame);
            if (known != null && !known.RankAs(member)) isRanked = false;
            chosen.Add(known ?? member);
        }

        return isRanked && chosen.SequenceEqual(All) ? this : new EndpointSet(chosen.ToImmutable());
    }
}
