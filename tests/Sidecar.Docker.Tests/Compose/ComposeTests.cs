using System.Text.RegularExpressions;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Compose;

/// docker/compose.yaml and what it mounts: it holds together, and the agents understand what they are told.
public sealed partial class ComposeTests
{
    private static readonly string Folder = Path.Combine(Artifacts.RepositoryRoot(), "docker");
    private static readonly string[] Agents = ["adapter", "ambassador", "logs"];

    private readonly Yaml _compose = Yaml.Documents(File.ReadAllText(Path.Combine(Folder, "compose.yaml"))).Single();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("adapter")]
    [InlineData("ambassador")]
    [InlineData("logs")]
    public async Task Every_variable_passes_the_check_of_its_agent(string name)
    {
        var environment = Service(name)["environment"].Entries.ToDictionary(entry => entry.Name, entry => entry.Value.Text, StringComparer.Ordinal);

        await using var check = await SidecarProcess.RunAsync($"sidecar-{name}", environment, Cancellation, "check");

        Assert.True(await check.WaitForExitAsync(cancellation: Cancellation) == 0, check.Transcript);
    }

    [Fact]
    public void Every_sidecar_is_without_rights_in_the_network_of_the_adapter()
    {
        foreach (var sidecar in Agents.Select(Service))
        {
            Assert.Equal("true", sidecar["read_only"].Text);
            Assert.Equal(["ALL"], sidecar["cap_drop"].Items.Select(one => one.Text));
            Assert.Equal("30s", sidecar["stop_grace_period"].Text);
            Assert.True(sidecar["mem_limit"].IsThere);
        }
        Assert.Equal(
            ["service:adapter", "service:adapter", "service:adapter"],
            ((string[])["app", "logs", "ambassador"]).Select(name => Service(name)["network_mode"].Text));
        Assert.Equal("service:adapter", Service("app")["pid"].Text);
    }

    [Fact]
    public void Whatever_a_service_names_is_there()
    {
        var services = _compose["services"].Entries.ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal);
        var volumes = _compose["volumes"].Entries.Select(entry => entry.Name).ToArray();
        foreach (var (name, service) in services)
        {
            var needed = service["depends_on"].Items.Select(one => one.Text).Concat(service["depends_on"].Entries.Select(entry => entry.Name));
            Assert.All(needed, other => Assert.Contains(other, services));
            foreach (var source in service["volumes"].Items.Select(volume => volume.Text.Split(':')[0]))
                Assert.True(source.StartsWith('.') ? Path.Exists(Path.Combine(Folder, source)) : volumes.Contains(source), $"{name}: {source}");
            if (service["build"].IsThere)
            {
                Assert.True(File.Exists(Path.Combine(Folder, service["build"]["context"].Text, service["build"]["dockerfile"].Text)), name);
                // The default is not enough for podman's compose: it takes the stage for unused.
                Assert.Equal("built", service["build"]["args"]["AGENT"].Text);
            }
            Assert.Matches("^(sidecar-[a-z]+|sidecars-demo):\\$\\{TAG:-local\\}$|^[a-z/]+:v?[0-9]", service["image"].Text);
            Assert.All(service["ports"].Items, port => Assert.StartsWith("127.0.0.1:", port.Text, StringComparison.Ordinal));
        }
        // Where the routes lead, and the Sentinels look.
        var led = Hosts().Matches(File.ReadAllText(Path.Combine(Folder, "compose.yaml"))).Select(match => match.Value).Distinct();
        Assert.Equal(["redis-master", "redis-replica", "sentinel-1", "sentinel-2", "sentinel-3", "stock-1", "stock-2"], led.Order(StringComparer.Ordinal));
        Assert.All(led, host => Assert.Contains(host, services));
    }

    [Fact]
    public void Prometheus_scrapes_the_admin_ports_in_the_network_of_the_adapter()
    {
        var prometheus = Yaml.Documents(File.ReadAllText(Path.Combine(Folder, "dashboards", "prometheus.yaml"))).Single();

        var targets = prometheus["scrape_configs"].Items.SelectMany(job => job["static_configs"].Items).SelectMany(set => set["targets"].Items).Select(target => target.Text);

        Assert.Equal(["localhost:9471", "localhost:9472", "localhost:9473"], targets);
        Assert.Equal("service:adapter", Service("prometheus")["network_mode"].Text);
        Assert.Equal([.. targets.Select(target => target.Split(':')[1]), "9090"], Service("adapter")["ports"].Items.Select(port => port.Text.Split(':')[^1]));
    }

    [Fact]
    public async Task Prometheus_takes_its_configuration()
    {
        if (await ShortProgram.RunAsync("promtool", Folder, ["check", "config", "dashboards/prometheus.yaml"], Cancellation) is not { } said)
        {
            Assert.Skip("promtool is not on this machine");
            return;
        }

        Assert.True(said.Code == 0, said.Said);
    }

    [Fact]
    public void Grafana_reads_the_dashboards_where_they_are_mounted_and_asks_Prometheus_where_it_runs()
    {
        var source = Yaml.Documents(File.ReadAllText(Path.Combine(Folder, "compose", "grafana", "datasources.yaml"))).Single()["datasources"].Items.Single();
        var provider = Yaml.Documents(File.ReadAllText(Path.Combine(Folder, "compose", "grafana", "dashboards.yaml"))).Single()["providers"].Items.Single();

        Assert.Equal("http://adapter:9090", source["url"].Text);
        Assert.Contains(Service("grafana")["volumes"].Items, volume => volume.Text.Split(':')[1] == provider["options"]["path"].Text);
    }

    private Yaml Service(string name) => _compose["services"][name];

    [GeneratedRegex("\\b(redis|sentinel|stock)-(master|replica|[0-9])\\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Hosts();
}
