using System.Text;

namespace Sbom;

/// docs/licences.md: what each agent is made of, under which licence.
internal static class LicencePage
{
    public static string Of(IReadOnlyList<(string Agent, Assets Assets)> agents)
    {
        var page = new StringBuilder(
            """
            # Licences

            Made by docs/licences.sh from the packages' own statements; don't edit it. Ours is [Apache-2.0](../LICENSE).

            The published agents hold these packages, and nothing else that is not ours. The texts of all licences stand in each image as
            `/usr/share/doc/<agent>/THIRD-PARTY-NOTICES.gz` and in each release; hashes stand in its list, `/usr/share/sbom/<agent>.cdx.json`.
            The time zones of sidecar-logs are the public domain's, from the system that built it.

            | package | version | licence | in |
            |---|---|---|---|

            """);
        var packages = agents.SelectMany(agent => agent.Assets.Packages.Select(package => (Package: package, agent.Agent))).GroupBy(one => one.Package.Name);
        foreach (var users in packages.OrderBy(users => users.Key, StringComparer.Ordinal))
        {
            var package = users.First().Package;
            var version = package.IsRuntime ? "the SDK's" : package.Version;
            var agentsOfIt = users.Count() == agents.Count ? "all" : string.Join(", ", users.Select(one => one.Agent));
            page.Append($"| {package.Name} | {version} | {package.Licence} | {agentsOfIt} |\n");
        }

        return page.ToString();
    }
}
