using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Kubernetes;

/// What the manifests say is what the agents understand and answer.
public sealed class ManifestTests : IDisposable
{
    /// The admin ports that the agents have unless they are told otherwise.
    private static readonly Dictionary<int, string> AgentOf = new() { [9471] = "sidecar-logs", [9472] = "sidecar-ambassador", [9473] = "sidecar-adapter" };

    private readonly TempVolume _volume = new();

    public static TheoryData<string> Manifests => Manifest.All;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Manifests))]
    public async Task Every_variable_passes_the_check_of_its_agent(string name) => await CheckAsync(Manifest.Read(name));

    [Theory]
    [MemberData(nameof(Manifests))]
    public async Task Every_probe_asks_what_the_running_agent_answers(string name) =>
        await AskAsync(Manifest.Read(name).Containers.SelectMany(container => container.Probes).Select(probe => (probe.Port, probe.Path)));

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Every_sidecar_is_without_rights_and_says_what_it_needs(string name)
    {
        var manifest = Manifest.Read(name);

        Assert.NotEmpty(manifest.Sidecars);
        Assert.All(manifest.Sidecars, AssertStrict);
        // Below the time that an agent gives itself, kubelet would end it first.
        Assert.All(manifest.Pods, pod => Assert.True(int.Parse(pod["terminationGracePeriodSeconds"].Text, CultureInfo.InvariantCulture) > 25));
        Assert.All(manifest.Pods, pod => Assert.Equal("true", pod["securityContext"]["runAsNonRoot"].Text));
    }

    [Theory]
    [InlineData("native.yaml")]
    [InlineData("deployment.yaml")]
    [InlineData("job.yaml")]
    public void Native_sidecars_restart_and_let_nobody_start_before_they_have(string name) =>
        Assert.All(Manifest.Read(name).Sidecars, sidecar =>
        {
            Assert.True(sidecar.IsInit);
            Assert.Equal("Always", sidecar.Spec["restartPolicy"].Text);
            Assert.Equal("/startupz", sidecar.Probes.Single(probe => probe.Kind == "startupProbe").Path);
        });

    [Theory]
    [InlineData("pod.yaml")]
    [InlineData("native.yaml")]
    [InlineData("deployment.yaml")]
    public void The_apps_own_probes_ask_the_adapter(string name)
    {
        var app = Manifest.Read(name).Containers.Single(container => container.Agent is null);

        Assert.Equal(
            [("startupProbe", 9473, "/health/startup"), ("livenessProbe", 9473, "/health/live"), ("readinessProbe", 9473, "/health/ready")],
            app.Probes.Select(probe => (probe.Kind, probe.Port, probe.Path)));
    }

    [Fact]
    public async Task The_PodMonitor_scrapes_ports_that_the_Deployment_has_and_the_agents_answer()
    {
        var ports = Manifest.Read("deployment.yaml").Sidecars.SelectMany(sidecar => sidecar.Ports).ToDictionary(port => port.Name, port => port.Number, StringComparer.Ordinal);

        var endpoints = Manifest.Read("pod-monitor.yaml").Documents.Single()["spec"]["podMetricsEndpoints"].Items.ToArray();

        Assert.Equal(AgentOf.Keys.Order(), endpoints.Select(endpoint => ports[endpoint["port"].Text]).Order());
        await AskAsync(endpoints.Select(endpoint => (ports[endpoint["port"].Text], endpoint["path"].Text)));
    }

    [Fact]
    public void The_NetworkPolicy_lets_the_scraper_reach_the_admin_ports_and_nobody_else()
    {
        var rules = Manifest.Read("network-policy.yaml").Documents.Single()["spec"]["ingress"].Items.ToArray();

        var admin = rules.Where(rule => rule["ports"].Items.Any(port => AgentOf.ContainsKey(Port(port)))).ToArray();

        Assert.Equal(AgentOf.Keys.Order(), Assert.Single(admin)["ports"].Items.Select(Port).Order());
        Assert.True(admin[0]["from"].IsThere);
        static int Port(Yaml port) => int.Parse(port["port"].Text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task One_line_gives_the_sidecars_to_a_Deployment_that_exists()
    {
        if (await ShortProgram.RunAsync("kubectl", Manifest.Folder, ["kustomize", "example"], Cancellation) is not { } rendered)
        {
            Assert.Skip("kubectl is not on this machine");
            return;
        }
        Assert.True(rendered.Code == 0, rendered.Said);

        var manifest = Manifest.Of(rendered.Said);

        Assert.Equal(AgentOf.Values.Order(StringComparer.Ordinal), manifest.Sidecars.Select(sidecar => sidecar.Agent).Order(StringComparer.Ordinal));
        Assert.All(manifest.Sidecars, AssertStrict);
        Assert.All(manifest.Sidecars, sidecar => Assert.Equal("Always", sidecar.Spec["restartPolicy"].Text));
        var app = manifest.Containers.Single(container => container.Agent is null);
        Assert.Equal(3, app.Probes.Count());
        Assert.Contains(app.Spec["volumeMounts"].Items, mount => mount["mountPath"].Text == "/var/log/app");
        Assert.Single(File.ReadAllLines(Path.Combine(Manifest.Folder, "example", "kustomization.yaml")), line => line.Trim() == "- ../component");
        await CheckAsync(manifest);
        await AskAsync(manifest.Containers.SelectMany(container => container.Probes).Select(probe => (probe.Port, probe.Path)));
    }

    private static void AssertStrict(ManifestContainer sidecar)
    {
        var security = sidecar.Spec["securityContext"];
        Assert.Equal("1654", security["runAsUser"].Text);
        Assert.Equal("true", security["readOnlyRootFilesystem"].Text);
        Assert.Equal("false", security["allowPrivilegeEscalation"].Text);
        Assert.Equal(["ALL"], security["capabilities"]["drop"].Items.Select(one => one.Text));
        Assert.True(sidecar.Spec["resources"]["requests"]["memory"].IsThere && sidecar.Spec["resources"]["requests"]["cpu"].IsThere && sidecar.Spec["resources"]["limits"]["memory"].IsThere);
    }

    private static async Task CheckAsync(Manifest manifest)
    {
        foreach (var sidecar in manifest.Sidecars)
        {
            await using var check = await SidecarProcess.RunAsync(sidecar.Agent!, sidecar.Environment, Cancellation, "check");
            Assert.True(await check.WaitForExitAsync(cancellation: Cancellation) == 0, $"{sidecar.Name}: {check.Transcript}");
        }
    }

    private async Task AskAsync(IEnumerable<(int Port, string Path)> questions)
    {
        var all = questions.Distinct().ToArray();
        Assert.NotEmpty(all);
        foreach (var byAgent in all.GroupBy(question => AgentOf[question.Port]))
        {
            await using var agent = await SidecarProcess.StartReadyAsync(byAgent.Key, AgentSettings.Least(byAgent.Key, _volume), Cancellation);
            foreach (var (_, path) in byAgent)
                await Eventually.TrueAsync(async () => (await agent.GetAsync(path, Cancellation)).Status == 200, cancellation: Cancellation, what: path);
        }
    }
}
