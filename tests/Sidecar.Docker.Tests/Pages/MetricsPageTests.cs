using System.Text.RegularExpressions;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Pages;

/// docs/metrics.md and docs/events.md say what the programs say, and nothing that they don't.
public sealed partial class MetricsPageTests : IDisposable
{
    private static readonly string Root = Artifacts.RepositoryRoot();
    private static readonly string[] WorthAsking = ["Warning", "Error", "Critical"];

    /// The adapter writes these two itself, beside what it merges.
    private static readonly string[] WrittenByHand = ["sidecar_adapter_metrics_source_up", "sidecar_adapter_pod_hidden"];

    private readonly TempVolume _volume = new();

    public static TheoryData<string> Agents => ["sidecar-logs", "sidecar-ambassador", "sidecar-adapter"];

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void Every_metric_of_the_programs_stands_on_the_page_in_their_own_words()
    {
        var made = Sources().Where(file => file.EndsWith("Metrics.cs", StringComparison.Ordinal)).Select(File.ReadAllText)
            .SelectMany(text => Instruments().Matches(text).Concat(RedisInstruments().Matches(text)))
            .Select(Row)
            .ToArray();

        Assert.Contains(("sidecar_ambassador_redis_commands_total", "counter", "Commands taken from Redis clients."), made);
        Assert.Equal(
            made.Order(),
            Page().Where(row => !WrittenByHand.Contains(row.Name)).Select(row => (row.Name, row.Kind, row.What.Replace("`", "", StringComparison.Ordinal))).Order());
    }

    [Theory]
    [MemberData(nameof(Agents))]
    public async Task A_running_agent_has_the_metrics_and_labels_of_the_page(string agent)
    {
        await using var sidecar = await SidecarProcess.StartReadyAsync(agent, AgentSettings.Least(agent, _volume), TestContext.Current.CancellationToken);
        var page = Page().ToDictionary(row => row.Name, StringComparer.Ordinal);

        var (_, text) = await sidecar.GetAsync("/metrics", TestContext.Current.CancellationToken);

        var kinds = Kinds().Matches(text).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["kind"].Value, StringComparer.Ordinal);
        Assert.Contains("sidecar_build_info", kinds.Keys);
        Assert.All(kinds, kind => Assert.Equal(kind.Value, page[kind.Key].Kind));
        foreach (var sample in Samples().Matches(text).Cast<Match>())
        {
            var name = kinds.Keys.Single(one => sample.Groups["name"].Value == one || (kinds[one] == "histogram" && HistogramEnd().Replace(sample.Groups["name"].Value, "") == one));
            var labels = LabelNames().Matches(sample.Groups["labels"].Value).Select(label => label.Groups["name"].Value).Where(label => kinds[name] != "histogram" || label != "le");
            Assert.Equal(page[name].Labels.Split(", ", StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), labels.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Every_event_that_asks_for_somebody_stands_on_the_page_with_what_to_do()
    {
        var told = Sources().Select(File.ReadAllText)
            .SelectMany(text => Messages().Matches(text))
            .Where(message => WorthAsking.Contains(message.Groups["level"].Value))
            .Select(message => (message.Groups["id"].Value, message.Groups["level"].Value.ToLowerInvariant(), Literal(message.Groups["text"].Value)))
            .ToArray();
        var rows = EventRows().Matches(File.ReadAllText(Path.Combine(Root, "docs", "events.md")));

        Assert.NotEmpty(told);
        Assert.Equal(told.Order(), rows.Select(row => (row.Groups["id"].Value, row.Groups["level"].Value, row.Groups["text"].Value)).Order());
        Assert.All(rows, row => Assert.True(row.Groups["advice"].Value.Trim().Length > 5, row.Value));
    }

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories).Where(path => !path.Contains("/obj/", StringComparison.Ordinal));

    private static (string Name, string Kind, string What) Row(Match instrument)
    {
        var literals = Literals().Matches(instrument.Groups["rest"].Value).Select(literal => literal.Groups["text"].Value).ToList();
        var description = literals.FindLastIndex(literal => literal.EndsWith('.'));
        var unit = description > 0 ? literals[description - 1] switch { "s" => "_seconds", "By" => "_bytes", _ => "" } : "";
        var name = instrument.Groups["name"].Value;
        name = (name.StartsWith("redis.", StringComparison.Ordinal) ? "sidecar.ambassador." + name : name).Replace('.', '_');
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return instrument.Groups["kind"].Value switch
        {
            "Counter" or "ObservableCounter" or "Count" => (name + "_total", "counter", literals[description]),
            "Histogram" => (name, "histogram", literals[description]),
            _ => (name, "gauge", literals[description]),
        };
    }

    private static (string Name, string Kind, string Labels, string What)[] Page() =>
        [.. MetricRows().Matches(File.ReadAllText(Path.Combine(Root, "docs", "metrics.md")))
            .Select(row => (row.Groups["name"].Value, row.Groups["kind"].Value, row.Groups["labels"].Value.Trim(), row.Groups["what"].Value))];

    // "one" + "two" in the source is one text.
    private static string Literal(string source) => string.Concat(Literals().Matches(source).Select(literal => literal.Groups["text"].Value));

    [GeneratedRegex("""Create(?<kind>ObservableCounter|ObservableGauge|UpDownCounter|Counter|Histogram)(<\w+>)?\(\s*"(?<name>sidecar\.[^"]+)"(?<rest>.*?)\);""", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Instruments();

    [GeneratedRegex("""\b(?<kind>Count|Show)\("(?<name>redis\.[^"]+)"(?<rest>.*?)\);""", RegexOptions.ExplicitCapture)]
    private static partial Regex RedisInstruments();

    [GeneratedRegex("""LoggerMessage\(\s*(?<id>\d+),\s*LogLevel\.(?<level>\w+),\s*(?<text>("([^"\\]|\\.)*"\s*\+?\s*)+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Messages();

    [GeneratedRegex("""
        "(?<text>([^"\\]|\\.)*)"
        """, RegexOptions.ExplicitCapture)]
    private static partial Regex Literals();

    [GeneratedRegex(@"^\| `(?<name>sidecar_\w+)` \| (?<kind>\w+) \| (?<labels>[a-z, ]*)\| (?<what>.+) \|$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex MetricRows();

    [GeneratedRegex(@"^\| (?<id>\d+) \| (?<level>\w+) \| (?<text>.+) \| (?<advice>[^|]+) \|$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex EventRows();

    [GeneratedRegex(@"^# TYPE (?<name>sidecar_\w+) (?<kind>\w+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Kinds();

    [GeneratedRegex(@"^(?<name>sidecar_\w+)(\{(?<labels>.*)\})? [^ ]+$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Samples();

    [GeneratedRegex("""(?<name>\w+)="([^"\\]|\\.)*",?""", RegexOptions.ExplicitCapture)]
    private static partial Regex LabelNames();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture)]
    private static partial Regex HistogramEnd();
}
