using System.Net;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>What /etc/resolv.conf says of whom to ask and how to complete short names (man 5 resolv.conf).</summary>
internal sealed record ResolverConfig
{
    public const string Path = "/etc/resolv.conf";
    public const int Port = 53;

    private const int MaxDots = 15;

    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>A name with fewer dots is tried behind the search domains first.</summary>
    public int Dots { get; init; } = 1;

    public static ResolverConfig Parse(IEnumerable<string> lines)
    {
        var config = new ResolverConfig();
        foreach (var line in lines)
        {
            var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0][0] is '#' or ';') continue;
            config = words[0] switch
            {
                "nameserver" when IPAddress.TryParse(words[1], out var address) => config with { Servers = [.. config.Servers, new IPEndPoint(address, Port)] },
                // The last of these two wins.
                "search" => config with { Search = [.. words[1..].Select(domain => domain.Trim('.')).Where(domain => domain.Length > 0)] },
                "domain" => config with { Search = [words[1].Trim('.')] },
                "options" => config with { Dots = ReadDots(words) ?? config.Dots },
                _ => config,
            };
        }

        return config;
    }

    /// <summary>The names to ask for, in this order, when the user wrote this one.</summary>
    public IEnumerable<string> Candidates(HostPort written)
    {
        var name = written.Host;
        if (written.IsAbsolute) return [name];
        var completed = Search.Select(domain => $"{name}.{domain}");
        return name.Count(c => c == '.') >= Dots ? completed.Prepend(name) : completed.Append(name);
    }

    private static int? ReadDots(string[] words)
    {
        var option = Array.FindLast(words, word => word.StartsWith("ndots:", StringComparison.Ordinal));
        return option != null && int.TryParse(option.AsSpan("ndots:".Length), out var dots) && dots >= 0 ? Math.Min(dots, MaxDots) : null;
    }
}
