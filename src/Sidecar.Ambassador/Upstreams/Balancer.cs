using System.Collections.Immutable;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// Picks one of several endpoints. No policy makes a list for it: each looks at the endpoints where they are, and takes the next
/// eligible one.
/// </summary>
/// <param name="slowStart">For how long an endpoint that came up gets less than its share; zero for not at all.</param>
internal sealed class Balancer(Balance balance, TimeSpan slowStart, TimeProvider time)
{
    private const double FirstShare = 0.1;

    private uint _turn;

    /// <summary>An endpoint that is neither among the tried ones nor, if so wanted, down; null when there is none.</summary>
    /// <param name="key">What the request is told apart by, where endpoints are chosen by that.</param>
    public Endpoint? Pick(ImmutableArray<Endpoint> from, in TriedEndpoints tried, bool healthyOnly, ulong? key)
    {
        if (from.Length < 2 || balance == Balance.First) return Next(from, 0, tried, healthyOnly, except: null);
        return balance switch
        {
            Balance.RoundRobin => Next(from, (int)(Interlocked.Increment(ref _turn) % (uint)from.Length), tried, healthyOnly, except: null),
            Balance.Weighted => ByWeight(from, tried, healthyOnly),
            Balance.Hash when key is { } value => ByKey(from, tried, healthyOnly, value),
            Balance.P2c => LessBusyOfTwo(from, tried, healthyOnly),
            _ => Draw(from, tried, healthyOnly, except: null),
        };
    }

    private Endpoint? LessBusyOfTwo(ImmutableArray<Endpoint> from, in TriedEndpoints tried, bool healthyOnly)
    {
        var one = Draw(from, tried, healthyOnly, except: null);
        var other = one == null ? null : Draw(from, tried, healthyOnly, except: one);
        if (other == null) return one;
        // Not by weighing what is in flight: where that is nothing, one that has just come up would never be the less busy.
        if (IsPassedOver(one!, other)) return other;
        return other.InFlight < one!.InFlight && !IsPassedOver(other, one) ? other : one;
    }

    private bool IsPassedOver(Endpoint endpoint, Endpoint other)
    {
        if (slowStart == TimeSpan.Zero) return false;
        var (share, most) = (Share(endpoint), Share(other));
        return share < most && Random.Shared.NextDouble() * most >= share;
    }

    private Endpoint? ByWeight(ImmutableArray<Endpoint> from, in TriedEndpoints tried, bool healthyOnly)
    {
        double sum = 0;
        foreach (var endpoint in from)
        {
            if (IsEligible(endpoint, tried, healthyOnly)) sum += endpoint.Weight * Share(endpoint);
        }

        var drawn = Random.Shared.NextDouble() * sum;
        Endpoint? last = null;
        foreach (var endpoint in from)
        {
            if (!IsEligible(endpoint, tried, healthyOnly)) continue;
            last = endpoint;
            if ((drawn -= endpoint.Weight * Share(endpoint)) < 0) break;
        }

        return last;
    }

    // Rendezvous: each endpoint bids for the key, the highest bid has it. When one leaves only its own keys move.
    private static Endpoint? ByKey(ImmutableArray<Endpoint> from, in TriedEndpoints tried, bool healthyOnly, ulong key)
    {
        Endpoint? best = null;
        var highest = 0UL;
        foreach (var endpoint in from)
        {
            if (!IsEligible(endpoint, tried, healthyOnly)) continue;
            var bid = StableHash.Mix(key ^ endpoint.Identity);
            if (best != null && bid <= highest) continue;
            (best, highest) = (endpoint, bid);
        }

        return best;
    }

    private double Share(Endpoint endpoint)
    {
        if (slowStart == TimeSpan.Zero) return 1;
        var share = (time.GetUtcNow() - endpoint.Health.Since) / slowStart;
        return share >= 1 ? 1 : Math.Max(share, FirstShare);
    }

    private static Endpoint? Draw(ImmutableArray<Endpoint> from, in TriedEndpoints tried, bool healthyOnly, Endpoint? except) =>
        Next(from, Random.Shared.Next(from.Length), tried, healthyOnly, except);

    private static Endpoint? Next(ImmutableArray<Endpoint> from, int start, in TriedEndpoints tried, bool healthyOnly, Endpoint? except)
    {
        for (var i = 0; i < from.Length; i++)
        {
            var endpoint = from[(start + i) % from.Length];
            if (endpoint != except && IsEligible(endpoint, tried, healthyOnly)) return endpoint;
        }

        return null;
    }

    private static bool IsEligible(Endpoint endpoint, in TriedEndpoints tried, bool healthyOnly) =>
        (healthyOnly ? endpoint.Health.IsHealthy : endpoint.Health.MayBeTried) && !tried.Contains(endpoint);
}
