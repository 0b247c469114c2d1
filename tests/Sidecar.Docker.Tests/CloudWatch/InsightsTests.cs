using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.CloudWatch;

/// docker/cloudwatch: the queries ask for fields that shipped events have, and the dashboard asks the same.
public sealed partial class InsightsTests : IDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private static readonly string Folder = Path.Combine(Artifacts.RepositoryRoot(), "docker", "cloudwatch");

    private readonly TempVolume _volume = new();

    public static TheoryData<string> Queries => new(Directory.EnumerateFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task A_query_asks_only_for_fields_that_the_sidecars_ship()
    {
        var (logs, ambassador) = (Environment("LOGS_"), Environment("AMBASSADOR_"));
        var port = FreePort.Next();
        logs.Remove("LOGS_GROUP");
        logs["LOGS_DESTINATION"] = $"file:{_volume.PathOf("shipped")}";
        logs["LOGS_STATE_DIR"] = _volume.PathOf("state");
        _volume.Write("app/orders.log", $"2026-11-22 12:00:00,000 [main] ERROR a.b.Orders - no stock, trace_id={TraceId}\n");
        _volume.Folder("access");
        await using var shipper = await SidecarProcess.StartReadyAsync("sidecar-logs", logs, Cancellation);
        ambassador["AMBASSADOR_ROUTE_STOCK"] = $"http://{shipper.AdminAddress.Authority}";
        ambassador["AMBASSADOR_ROUTE_STOCK_LISTEN"] = port.ToString(CultureInfo.InvariantCulture);
        await using var proxy = await SidecarProcess.StartReadyAsync("sidecar-ambassador", ambassador, Cancellation);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/livez"));
        request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
        (await client.SendAsync(request, Cancellation)).Dispose();

        var events = await Eventually.MatchAsync(Shipped, found => found.Length == 2, cancellation: Cancellation);

        Assert.All(events, one => Assert.Equal(TraceId, one.GetProperty("trace_id").GetString()));
        Assert.Contains(events, one => one.TryGetProperty("level", out var level) && level.GetString() == "ERROR" && one.GetProperty("service").GetString() == "orders");
        Assert.Contains(events, one => one.TryGetProperty("source", out var source) && source.GetString() == "access");
        var fields = events.SelectMany(one => one.EnumerateObject()).Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var query in Queries.Select(row => row.Data))
            Assert.Subset(fields, Asked().Matches(Text(query)).SelectMany(match => match.Groups["name"].Captures).Select(name => name.Value).ToHashSet(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public void The_dashboard_asks_what_the_file_says(string query)
    {
        var widgets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "dashboard.json"))).RootElement.GetProperty("widgets").EnumerateArray();

        Assert.Contains(
            widgets.Where(widget => widget.GetProperty("type").GetString() == "log").Select(widget => widget.GetProperty("properties").GetProperty("query").GetString()),
            asked => asked == $"SOURCE '/apps/orders' | {Text(query)}");
    }

    // What the page tells the agents to be, in this volume.
    private Dictionary<string, string> Environment(string prefix) =>
        RecipePage.Read("docker/cloudwatch/README.md").Values.Single(block => block[0].StartsWith(prefix, StringComparison.Ordinal))
            .Select(line => line.Replace("/var/log", _volume.Root, StringComparison.Ordinal).Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    private JsonElement[] Shipped() =>
        File.Exists(_volume.PathOf("shipped")) ? [.. File.ReadAllLines(_volume.PathOf("shipped")).Select(line => JsonDocument.Parse(line).RootElement)] : [];

    private static string Text(string query) => File.ReadAllText(Path.Combine(Folder, query + ".txt")).Trim();

    [GeneratedRegex("^(\\| filter (?<name>\\w+) |(fields @timestamp|\\| stats .* by (?<name>\\w+)$)(, (?<name>\\w+))*)", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Asked();
}
