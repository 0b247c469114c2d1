using System.Net;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>/etc/hosts: what the machine's owner says comes before what DNS says. Read anew on each look; it is a handful of lines.</summary>
internal static class HostsFile
{
    public const string Path = "/etc/hosts";

    public static IReadOnlyList<IPAddress> Find(string name, IEnumerable<string> lines)
    {
        var found = new List<IPAddress>();
        foreach (var line in lines)
        {
            var words = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase) && IPAddress.TryParse(words[0], out var address))
                found.Add(address);
        }

        return found;
    }
}
