using System.Net;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams.Names;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// Finds the endpoints of a route again and again: those of its host names for as long as their records hold, and those that a file
/// lists. What can't be found any more keeps the endpoints that it had, and an address that is one of our own listeners is never used.
/// </summary>
/// <param name="find">Where a host leads; it fails with a value.</param>
internal sealed class Discovery(
    Upstream upstream, IReadOnlyList<ListenAddress> ourListeners, Func<ListedHost, CancellationToken, Task<NameAnswer>> find, TimeProvider time)
{
    /// <summary>A record that may be used only once is asked for this often all the same.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>A record that holds for a day may have been changed by somebody in trouble.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>How soon after trouble: a restarted container often comes back under another address.</summary>
    public static readonly TimeSpan TroubledInterval = TimeSpan.FromSeconds(1);

    /// <summary>The priority of the first of those for bad times.</summary>
    public const int FirstBackup = 1 << 16;

    // Services come up: that there is no such name is believed no longer than this.
    private static readonly TimeSpan LongestRefusal = TimeSpan.FromSeconds(5);

    private readonly Dictionary<ListedHost, (NameAnswer Answer, long At)> _answers = [];
    private readonly Dictionary<ListedHost, IReadOnlyList<FoundAddress>> _lastKnown = [];
    private IReadOnlyList<ListedHost>? _listed;

    /// <summary>Whether anything can change at all.</summary>
    public static bool IsNeededFor(Route route) => route.EndpointsFile != null || route.Hosts().Any(host => host.IsSrv || !IPAddress.TryParse(host.Host.Host, out _));

    /// <summary>One turn of a loop: look once, then wait.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        var holds = await LookAsync(cancellation);
        await Task.Delay(IsTroubled || upstream.Route.EndpointsFile != null ? TroubledInterval : holds, time, cancellation);
    }

    /// <returns>For how long what was found holds.</returns>
    public async Task<TimeSpan> LookAsync(CancellationToken cancellation)
    {
        var (hosts, failure) = Hosts();
        var members = new List<Endpoint>();
        var holds = Longest;
        var isTroubled = IsTroubled;
        foreach (var host in hosts)
        {
            var (answer, remains) = await AnswerAsync(host, isTroubled, cancellation);
            failure ??= answer.Failure;
            if (remains < holds) holds = remains;
            foreach (var found in answer.Found.Count > 0 ? _lastKnown[host] = answer.Found : _lastKnown.GetValueOrDefault(host, []))
            {
                if (ourListeners.Any(listener => listener.IsReachedBy(found.Address)))
                    failure ??= $"'{found.Origin}' resolves to our own listener {found.Address}";
                else
                    members.Add(Member(host, found));
            }
        }

        foreach (var gone in _answers.Keys.Except(hosts).ToList())
        {
            _answers.Remove(gone);
            _lastKnown.Remove(gone);
        }

        upstream.Replace(members, failure);
        return holds > Shortest ? holds : Shortest;
    }

    private bool IsTroubled => upstream.ResolveFailure != null || !upstream.Endpoints.All.All(endpoint => endpoint.Health.IsHealthy || endpoint.Health.Fitness == Fitness.Unfit);

    // A file that is broken or gone leaves what it said last, and at first what the route says.
    private (IReadOnlyList<ListedHost> Hosts, string? Failure) Hosts()
    {
        if (upstream.Route.EndpointsFile is not { } path) return (_listed ??= [.. upstream.Route.Hosts()], null);
        var (hosts, failure) = EndpointFile.Read(path, upstream.Route.Scheme.DefaultPort());
        if (failure == null) _listed = [.. hosts.Select(host => host with { PathPrefix = upstream.Route.Upstream[0].PathPrefix })];
        return (_listed ??= [.. upstream.Route.Hosts()], failure);
    }

    private async Task<(NameAnswer Answer, TimeSpan Remains)> AnswerAsync(ListedHost host, bool isTroubled, CancellationToken cancellation)
    {
        if (_answers.TryGetValue(host, out var known))
        {
            // In trouble what was found is asked for again early, but not what does not exist.
            var remains = Holds(known.Answer) - time.GetElapsedTime(known.At);
            if (remains > TimeSpan.Zero && (!isTroubled || known.Answer.Failure != null || known.Answer.IsForever)) return (known.Answer, remains);
        }

        var asked = time.GetTimestamp();
        var answer = await find(host, cancellation);
        _answers[host] = (answer, asked);
        return (answer, Holds(answer) - time.GetElapsedTime(asked));
    }

    private static TimeSpan Holds(NameAnswer answer)
    {
        if (answer.IsForever) return TimeSpan.MaxValue;
        return answer.Failure != null && answer.Ttl > LongestRefusal ? LongestRefusal : answer.Ttl;
    }

    private Endpoint Member(ListedHost host, FoundAddress found) => new(found.Address, found.Origin, host.PathPrefix, time.GetUtcNow())
    {
        Other = found.Other is { } other && !ourListeners.Any(listener => listener.IsReachedBy(other)) ? other : null,
        Priority = host.Priority(found.Priority),
        Weight = host.IsSrv ? found.Weight : host.Weight,
    };
}
