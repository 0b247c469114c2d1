using System.Net;
using System.Net.Sockets;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>
/// Finds the addresses behind a name as the system would (hosts file, search domains, ndots), and for how long they hold, which the
/// system does not tell. When no DNS server answers us, the system is asked all the same: it may know names by other means.
/// </summary>
/// <param name="servers">Whom to ask instead of those of resolv.conf; empty for those.</param>
internal sealed class NameLookup(IReadOnlyList<IPEndPoint> servers, TimeProvider time)
{
    /// <summary>For how long something holds that comes with no time of its own.</summary>
    public static readonly TimeSpan UsualTtl = TimeSpan.FromSeconds(5);

    private const int Rounds = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResolutionDelay = TimeSpan.FromMilliseconds(50);

    public Task<NameAnswer> FindAsync(ListedHost host, CancellationToken cancellation) =>
        host.IsSrv ? FindServiceAsync(host.Host, cancellation) : FindHostAsync(host.Host, cancellation);

    /// <summary>
    /// The addresses of a host name. A host that has both kinds is one server twice: each IPv4 address is an endpoint, and the IPv6 address
    /// at its place is its other way in.
    /// </summary>
    public async Task<NameAnswer> FindHostAsync(HostPort host, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host.Host, out var literal)) return Of([literal], host, Timeout.InfiniteTimeSpan);
        var local = HostsFile.Find(host.Host, Lines(HostsFile.Path));
        if (local.Count > 0) return Of(local, host, UsualTtl);
        if (host.Host == "localhost" || host.Host.EndsWith(".localhost", StringComparison.Ordinal)) return Of([IPAddress.Loopback], host, UsualTtl);
        if (host.Host.EndsWith(".invalid", StringComparison.Ordinal)) return NameAnswer.Failed($"the name '{host.Host}' does not resolve (by definition)", UsualTtl);

        var (client, config) = Resolver();
        var hasNoAddress = TimeSpan.MaxValue;
        foreach (var name in config.Candidates(host))
        {
            var (addresses, ttl) = await AddressesAsync(client, name, cancellation);
            if (addresses == null)
                return servers.Count > 0 ? NameAnswer.Failed($"the name '{host.Host}' does not resolve (no DNS server answers)") : await AskSystemAsync(host, cancellation);

            if (addresses.Count > 0) return Of(addresses, host, ttl);
            if (ttl < hasNoAddress) hasNoAddress = ttl;
        }

        return NameAnswer.Failed($"the name '{host.Host}' does not resolve (no such name or no address)", hasNoAddress);
    }

    /// <summary>The addresses behind an SRV name: its hosts with their ports, priorities and weights.</summary>
    public async Task<NameAnswer> FindServiceAsync(HostPort service, CancellationToken cancellation)
    {
        var (client, config) = Resolver();
        foreach (var name in config.Candidates(service))
        {
            if (await client.AskAsync(name, DnsType.Srv, cancellation) is not { } response)
                return NameAnswer.Failed($"the name '{service.Host}' does not resolve (no DNS server answers)");

            var records = response.Records.Where(record => record is { Type: DnsType.Srv, Target.Length: > 0, Srv.Port: > 0 }).ToList();
            if (records.Count > 0) return await FollowAsync(records, response, cancellation);
        }

        return NameAnswer.Failed($"the name '{service.Host}' does not resolve (no SRV record)", UsualTtl);
    }

    private async Task<NameAnswer> FollowAsync(List<DnsRecord> records, DnsResponse response, CancellationToken cancellation)
    {
        var found = new List<FoundAddress>();
        var ttl = records.Min(record => record.Ttl);
        string? failure = null;
        // As addresses are: servers shuffle these, too.
        foreach (var record in records.OrderBy(record => record.Srv!.Value.Priority).ThenByDescending(record => record.Srv!.Value.Weight)
                     .ThenBy(record => record.Target, StringComparer.OrdinalIgnoreCase).ThenBy(record => record.Srv!.Value.Port))
        {
            var srv = record.Srv!.Value;
            var host = new HostPort(record.Target!.ToLowerInvariant(), srv.Port) { IsAbsolute = true };
            // Servers send the addresses along when they can.
            var addresses = Addresses(response, record.Target!, out var least);
            var answer = addresses.Count > 0 ? Of(addresses, host, least) : await FindHostAsync(host, cancellation);
            failure ??= answer.Failure;
            if (answer.Found.Count > 0 && !answer.IsForever && answer.Ttl < ttl) ttl = answer.Ttl;
            found.AddRange(answer.Found.Select(address => address with { Priority = srv.Priority, Weight = Math.Max(srv.Weight, 1) }));
        }

        return new NameAnswer(found, ttl, failure);
    }

    // Null when no server answers. Without an address the time is for how long there is none.
    private async Task<(IReadOnlyList<IPAddress>? Addresses, TimeSpan Ttl)> AddressesAsync(DnsClient client, string name, CancellationToken cancellation)
    {
        var asked = (four: client.AskAsync(name, DnsType.A, cancellation), six: client.AskAsync(name, DnsType.Aaaa, cancellation));
        if (await asked.four is not { } four) return (null, TimeSpan.Zero);
        var addresses = Addresses(four, name, out var ttl);
        // Some servers never answer that: who has one kind does not wait long for the other (RFC 8305, section 3).
        if (addresses.Count > 0) await Task.WhenAny(asked.six, Task.Delay(ResolutionDelay, time, cancellation));
        if (addresses.Count > 0 && !asked.six.IsCompleted) return (addresses, ttl);
        if (await asked.six is { } six)
        {
            var others = Addresses(six, name, out var ttlOfSix);
            if (others.Count > 0) (addresses, ttl) = ([.. addresses, .. others], ttlOfSix < ttl ? ttlOfSix : ttl);
        }
        else if (addresses.Count == 0)
        {
            return (null, TimeSpan.Zero);
        }

        return addresses.Count > 0 ? (addresses, ttl) : ([], four.Records.FirstOrDefault(record => record.Type == DnsType.Soa)?.Ttl ?? UsualTtl);
    }

    // Follows the aliases on the way; the shortest life of all holds.
    private static List<IPAddress> Addresses(DnsResponse response, string name, out TimeSpan ttl)
    {
        ttl = TimeSpan.MaxValue;
        for (var hops = 0; hops <= response.Records.Count; hops++)
        {
            var alias = response.Records.FirstOrDefault(record => record.Type == DnsType.Cname && IsNamed(record, name));
            if (alias == null) break;
            name = alias.Target!;
            if (alias.Ttl < ttl) ttl = alias.Ttl;
        }

        var records = response.Records.Where(record => record.Address != null && IsNamed(record, name)).ToList();
        foreach (var record in records) ttl = record.Ttl < ttl ? record.Ttl : ttl;
        return records.ConvertAll(record => record.Address!);
    }

    private static bool IsNamed(DnsRecord record, string name) => record.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static async Task<NameAnswer> AskSystemAsync(HostPort host, CancellationToken cancellation)
    {
        try
        {
            // Without its dot it would be searched in the domains of resolv.conf.
            var found = await Dns.GetHostAddressesAsync(host.IsAbsolute ? host.Host + "." : host.Host, cancellation);
            return found.Length > 0 ? Of(found, host, UsualTtl) : NameAnswer.Failed($"the name '{host.Host}' has no address");
        }
        catch (SocketException e)
        {
            return NameAnswer.Failed($"the name '{host.Host}' does not resolve ({e.SocketErrorCode})");
        }
    }

    // Sorted, because servers shuffle and the order is a priority for some.
    private static NameAnswer Of(IReadOnlyCollection<IPAddress> addresses, HostPort host, TimeSpan ttl)
    {
        var sorted = addresses.Distinct().OrderBy(address => address.ToString(), StringComparer.Ordinal)
            .ToLookup(address => address.AddressFamily, address => new IPEndPoint(address, host.Port));
        var (four, six) = (sorted[AddressFamily.InterNetwork].ToList(), sorted[AddressFamily.InterNetworkV6].ToList());
        return new NameAnswer(
            four.Count > 0 ? [.. four.Select((address, at) => new FoundAddress(address, host) { Other = six.ElementAtOrDefault(at) })] : [.. six.Select(address => new FoundAddress(address, host))],
            ttl);
    }

    // Read on each look: a changed file is a changed answer, and a look is rare.
    private (DnsClient Client, ResolverConfig Config) Resolver()
    {
        var config = ResolverConfig.Parse(Lines(ResolverConfig.Path));
        return (new DnsClient(servers.Count > 0 ? servers : config.Servers, Patience, Rounds, time), config);
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
