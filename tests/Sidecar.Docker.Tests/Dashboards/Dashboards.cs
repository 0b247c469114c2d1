using System.Text.Json;
using System.Text.RegularExpressions;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Dashboards;

/// docker/dashboards as Grafana and Prometheus read it.
internal static partial class Dashboards
{
    public const string Rules = "sidecars.rules.yaml";
    public const string RuleTests = "sidecars.rules.test.yaml";

    public static string Folder { get; } = Path.Combine(Artifacts.RepositoryRoot(), "docker", "dashboards");

    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);

    public static JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name))).RootElement;

    /// The panels that show something; rows only part them.
    public static IEnumerable<JsonElement> Panels(string name) =>
        Read(name).GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row");

    public static IEnumerable<Query> Queries() =>
        from name in Names
        from panel in Panels(name)
        from target in panel.GetProperty("targets").EnumerateArray()
        select new Query($"{name}: {panel.GetProperty("title").GetString()}", target.GetProperty("expr").GetString()!);

    public static IEnumerable<Yaml> RuleEntries() =>
        Yaml.Documents(File.ReadAllText(Path.Combine(Folder, Rules))).Single()["groups"].Items.SelectMany(group => group["rules"].Items);

    /// The names of series that an expression asks for, those that rules record among them.
    public static IEnumerable<string> Series(string expression) => SeriesName().Matches(expression).Select(match => match.Value);

    [GeneratedRegex("(?<![\\w:\"])(?:[a-z]+:)?(?:sidecar|dotnet|container)_[a-z0-9_:]+", RegexOptions.ExplicitCapture)]
    private static partial Regex SeriesName();

    /// What one line of a panel asks.
    internal sealed record Query(string Panel, string Expression)
    {
        /// As Grafana asks for all instances, the last hour, and a scrape each second.
        public string Filled => Expression.Replace("$instance", ".*", StringComparison.Ordinal)
            .Replace("$__rate_interval", "30s", StringComparison.Ordinal).Replace("$__range", "1h", StringComparison.Ordinal);
    }
}
