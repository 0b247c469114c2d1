using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>
/// A file with one endpoint a line: <c>host:port</c>, and behind it <c>weight=2</c>, <c>backup</c> or <c>canary</c> where that is wanted. It is
/// taken whole or not at all: half a list would send all traffic to half of the service.
/// </summary>
internal static class EndpointFile
{
    private const int MaxWeight = 1000;

    /// <returns>What the lines say, or what is wrong with the first that is wrong.</returns>
    public static (IReadOnlyList<ListedHost> Hosts, string? Failure) Read(string path, int defaultPort)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ([], $"the endpoint file {path} can't be read ({e.GetType().Name})");
        }

        var hosts = new List<ListedHost>();
        for (var i = 0; i < lines.Length; i++)
        {
            var words = lines[i].Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (!TryReadLine(words, defaultPort, out var host)) return ([], $"line {i + 1} of the endpoint file {path} is no endpoint such as 'orders-1:8080 weight=2'");
            hosts.Add(host);
        }

        return hosts.Count > 0 ? (hosts, null) : ([], $"the endpoint file {path} names no endpoint");
    }

    private static bool TryReadLine(string[] words, int defaultPort, out ListedHost host)
    {
        host = new ListedHost(default, Weight: 1, HostRole.Normal);
        if (!HostPort.TryParse(words[0], defaultPort, out var address, out _)) return false;
        host = host with { Host = address };
        foreach (var word in words.Skip(1))
        {
            if (word == "backup") host = host with { Role = HostRole.Backup };
            else if (word == "canary") host = host with { Role = HostRole.Canary };
            else if (word.StartsWith("weight=", StringComparison.Ordinal) && int.TryParse(word.AsSpan("weight=".Length), out var weight) && weight is > 0 and <= MaxWeight)
                host = host with { Weight = weight };
            else return false;
        }

        return true;
    }
}
