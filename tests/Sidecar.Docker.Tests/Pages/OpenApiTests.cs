using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Pages;

/// docs/openapi.yaml says what the running agents answer, and all of it.
public sealed partial class OpenApiTests : IDisposable
{
    private const string Everywhere = "sidecar-logs sidecar-ambassador sidecar-adapter";
    private const string Adapter = "sidecar-adapter";

    /// What can't be asked for from outside: a stuck loop, an agent that has not begun, and sixteen that are asked at once.
    private static readonly string[] Unprovoked = ["GET /livez 503", "GET /startupz 503", "GET /probe 503"];

    private static readonly Ask[] Asks =
    [
        new(Everywhere, "GET", "/livez", 200),
        new(Everywhere, "GET", "/readyz", 200),
        new(Everywhere, "GET", "/startupz", 200),
        new(Everywhere, "GET", "/metrics", 200),
        new(Everywhere, "GET", "/metrics", 200) { Accept = "application/openmetrics-text; version=1.0.0", Type = "application/openmetrics-text" },
        new(Everywhere, "GET", "/", 200),
        new(Everywhere, "GET", "/", 403) { Origin = "https://example.com" },
        new(Everywhere, "GET", "/status", 200),
        new(Everywhere, "GET", "/status", 403) { Origin = "https://example.com" },
        new(Everywhere, "POST", "/control/log-level", 200) { Body = "info" },
        new(Everywhere, "POST", "/control/log-level", 400) { Body = "none" },
        new(Everywhere, "POST", "/control/log-level", 403) { Body = "debug", Origin = "https://example.com" },
        new(Adapter, "GET", "/health", 200) { Type = "application/health+json" },
        new(Adapter, "GET", "/health", 200) { Query = "?format=json", Type = "application/json" },
        new(Adapter, "GET", "/health", 200) { Query = "?format=microprofile", Type = "application/json" },
        new(Adapter, "GET", "/health", 200) { Accept = "application/vnd.spring-boot.actuator.v3+json", Type = "application/vnd.spring-boot.actuator.v3+json" },
        new(Adapter, "GET", "/health", 200) { Query = "?format=text", Type = "text/plain" },
        new(Adapter, "GET", "/health", 400) { Query = "?format=xml" },
        new(Adapter, "GET", "/health/{name}", 200) { Name = "host", Type = "application/health+json" },
        new(Adapter, "GET", "/health/{name}", 200) { Name = "host", Query = "?debug", Type = "text/plain" },
        new(Adapter, "GET", "/health/{name}", 400) { Name = "host", Query = "?format=xml" },
        new(Adapter, "GET", "/health/{name}", 403) { Name = "host", Query = "?debug", Origin = "https://example.com" },
        new(Adapter, "GET", "/health/{name}", 404) { Name = "nobody" },
        new(Adapter, "GET", "/health/{name}", 503) { Name = "gone", Type = "application/health+json" },
        // Now with a problem in it.
        new(Adapter, "GET", "/status", 200),
        new(Adapter, "PUT", "/push/{name}", 200) { Name = "job", Body = "fail the queue is stuck" },
        new(Adapter, "PUT", "/push/{name}", 400) { Name = "job", Body = "perhaps" },
        new(Adapter, "PUT", "/push/{name}", 403) { Name = "job", Origin = "https://example.com" },
        new(Adapter, "PUT", "/push/{name}", 404) { Name = "nobody" },
        new(Adapter, "GET", "/probe", 200) { Query = "?target=127.0.0.1:9&module=tcp_connect" },
        new(Adapter, "GET", "/probe", 400) { Query = "?target=127.0.0.1:9&module=none" },
        new(Adapter, "GET", "/probe", 403) { Query = "?target=example.com:80&module=tcp_connect" },
        new(Adapter, "POST", "/control/maintenance", 200) { Body = "on" },
        new(Adapter, "POST", "/control/maintenance", 400) { Body = "maybe" },
        new(Adapter, "POST", "/control/maintenance", 403) { Body = "off", Origin = "https://example.com" },
        new(Adapter, "GET", "/health", 503) { Type = "application/health+json" },
        new(Everywhere, "POST", "/control/drain", 403) { Origin = "https://example.com" },
        new(Everywhere, "POST", "/control/drain", 200),
        new(Everywhere, "GET", "/readyz", 503),
        new(Everywhere, "POST", "/control/quit", 403) { Origin = "https://example.com" },
        new(Everywhere, "POST", "/control/quit", 200),
    ];

    private static readonly OpenApiDocument Document = new();

    private readonly TempVolume _volume = new();

    public static TheoryData<string> Agents => [.. Everywhere.Split(' ')];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Agents))]
    public async Task A_running_agent_answers_as_the_document_says(string agent)
    {
        var settings = AgentSettings.Least(agent, _volume);
        if (agent == Adapter)
        {
            settings["ADAPTER_READY"] = "host";
            settings["ADAPTER_PROBE_GONE"] = $"file:{_volume.PathOf("nothing")}";
            settings["ADAPTER_PROBE_GONE_FALL"] = "1";
            settings["ADAPTER_PROBE_JOB"] = "push:";
            settings["ADAPTER_PROBE_JOB_MAX_AGE"] = "1m";
            settings["ADAPTER_PROBE_TARGETS"] = "127.0.0.1";
        }
        if (agent == "sidecar-ambassador")
            settings["AMBASSADOR_DRAIN_ON"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        await using var sidecar = await SidecarProcess.StartReadyAsync(agent, settings, Cancellation);
        using var client = new HttpClient { BaseAddress = sidecar.AdminAddress, Timeout = TimeSpan.FromSeconds(10) };

        var known = Known().Match((await sidecar.GetAsync("/nothing/at/all", Cancellation)).Body).Groups["paths"].Value.Split(' ');
        Assert.Equal(
            known.Select(path => path.Replace("<name>", "{name}", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            Document.Of(agent).Where(one => one.Method == "GET").Select(one => one.Path).Order(StringComparer.Ordinal));
        foreach (var ask in Asks.Where(ask => ask.Agents.Contains(agent, StringComparison.Ordinal)))
            await AnswersAsync(client, ask);
        Assert.Equal(0, await sidecar.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    [Fact]
    public void Every_answer_in_the_document_is_asked_for_and_every_call_of_the_agents_stands_in_it()
    {
        var documented = Document.Operations.SelectMany(one => one.Operation["responses"].Entries.Select(response => $"{one.Method} {one.Path} {response.Name}"));
        var posts = Directory.EnumerateFiles(Path.Combine(Artifacts.RepositoryRoot(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .Sum(path => Guarded().Count(File.ReadAllText(path)));

        Assert.Equal(
            documented.Order(StringComparer.Ordinal),
            Asks.Select(ask => string.Create(CultureInfo.InvariantCulture, $"{ask.Method} {ask.Path} {ask.Status}")).Concat(Unprovoked).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(posts, Document.Operations.Count(one => one.Method is "POST" or "PUT"));
    }

    [Fact]
    public void The_document_refers_to_nothing_that_is_not_in_it_and_names_each_operation_once()
    {
        var text = File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot(), "docs", "openapi.yaml"));
        var used = References().Matches(text).Select(match => match.Groups["to"].Value).Distinct().ToArray();
        var there = Document.Root["components"].Entries.SelectMany(kind => kind.Value.Entries.Select(one => $"#/components/{kind.Name}/{one.Name}"));

        Assert.Equal("3.1.0", Document.Root["openapi"].Text);
        Assert.Equal(there.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
        Assert.All(Document.Operations, one => Assert.True(one.Operation["summary"].IsThere && one.Operation["x-agents"].Items.Any(), one.Path));
        var names = Document.Operations.Select(one => one.Operation["operationId"].Text).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(
            Document.Operations,
            one => Assert.Equal(
                PathNames().Matches(one.Path).Select(match => match.Groups["name"].Value),
                one.Operation["parameters"].Items.Select(Document.Resolve).Where(parameter => parameter["in"].Text == "path").Select(parameter => parameter["name"].Text)));
    }

    private static async Task AnswersAsync(HttpClient client, Ask ask)
    {
        var (status, type, body) = await SendAsync(client, ask);
        // A verdict that a call changes, and a drain, are a moment late.
        if (status != ask.Status)
        {
            await Eventually.TrueAsync(async () => (await SendAsync(client, ask)).Status == ask.Status, cancellation: Cancellation);
            (status, type, body) = await SendAsync(client, ask);
        }

        var what = $"{ask.Method} {ask.Path}{ask.Query}: {status} {type}\n{body}";
        Assert.True(status == ask.Status && type == ask.Type, what);
        var content = Document.Response(ask.Method, ask.Path, status)["content"][type];
        Assert.True(content.IsThere, $"not documented: {what}");
        if (!type.EndsWith("json", StringComparison.Ordinal))
            return;

        using var json = JsonDocument.Parse(body);
        Assert.Empty(Document.Faults(content["schema"], json.RootElement).Select(fault => $"{fault} in {what}"));
    }

    private static async Task<(int Status, string Type, string Body)> SendAsync(HttpClient client, Ask ask)
    {
        using var request = new HttpRequestMessage(new HttpMethod(ask.Method), new Uri(ask.Path.Replace("{name}", ask.Name, StringComparison.Ordinal) + ask.Query, UriKind.Relative));
        if (ask.Body.Length > 0)
            request.Content = new StringContent(ask.Body, Encoding.UTF8, "text/plain");
        foreach (var (name, value) in (Span<(string, string)>)[("Accept", ask.Accept), ("Origin", ask.Origin)])
        {
            if (value.Length > 0)
                request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await client.SendAsync(request, Cancellation);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [GeneratedRegex("; known: (?<paths>.+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Known();

    [GeneratedRegex(@"endpoints\.(PostGuarded|PutUnder)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Guarded();

    [GeneratedRegex("\"(?<to>#/[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex References();

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex PathNames();

    private sealed record Ask(string Agents, string Method, string Path, int Status)
    {
        public string Name { get; init; } = "";

        public string Query { get; init; } = "";

        public string Body { get; init; } = "";

        public string Accept { get; init; } = "";

        public string Origin { get; init; } = "";

        public string Type { get; init; } = Path == "/status" && Status == 200 ? "application/json" : Path == "/" && Status == 200 ? "text/html" : "text/plain";
    }
}
