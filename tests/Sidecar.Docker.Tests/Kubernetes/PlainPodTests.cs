using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sidecar.Docker.Tests.Images;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Docker.Tests.Kubernetes;

/// docker/kubernetes/pod.yaml, run by podman beside something that takes CloudWatch's calls.
public sealed partial class PlainPodTests : IAsyncLifetime
{
    private const int CloudWatchPort = 4566;

    private readonly TempVolume _volume = new();
    private readonly string _pod = $"orders-{Guid.NewGuid():N}"[..20];
    private readonly Manifest _manifest = Manifest.Read("pod.yaml");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        Podman.Need();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Podman.RunAsync("pod", "rm", "--force", "--time", "0", _pod);
        _volume.Dispose();
    }

    [Fact]
    public async Task The_pod_starts_ships_its_logs_shows_a_hang_to_kubelet_and_ends()
    {
        await Podman.SayAsync("kube", "play", "--network", "none", _volume.Write("pod.yaml", Pod()));
        using var network = new PodNetwork(await ProcessIdAsync("app"));
        var kubelet = new Kubelet(network, Cancellation);
        var probes = _manifest.Containers.SelectMany(container => container.Probes).ToArray();

        foreach (var probe in probes.Where(probe => probe.Kind == "startupProbe"))
            await kubelet.StartAsync(probe);
        foreach (var probe in probes.Where(probe => probe.Kind != "startupProbe"))
        {
            var answer = await kubelet.AskAsync(probe);
            Assert.True(answer.IsYes, $"{probe}: {answer.Said}");
        }

        await Eventually.TrueAsync(async () => await StoredAsync(network) > 0, TimeSpan.FromSeconds(30), Cancellation);
        await AssertRoutesListenAsync(network);
        // The adapter sees the processes of the others.
        Assert.Equal(200, (await network.GetAsync(9473, "/health/process", Eventually.Patience, Cancellation)).Status);

        var ready = probes.Single(probe => probe is { Kind: "readinessProbe", Path: "/health/ready" });
        await Podman.SayAsync("kill", "--signal", "STOP", $"{_pod}-app");
        await Eventually.MatchAsync(() => kubelet.AskAsync(ready), answer => !answer.IsYes, TimeSpan.FromSeconds(30), Cancellation);
        await Podman.SayAsync("kill", "--signal", "CONT", $"{_pod}-app");
        await Eventually.MatchAsync(() => kubelet.AskAsync(ready), answer => answer.IsYes, TimeSpan.FromSeconds(30), Cancellation);

        // As kubelet ends plain containers: all are told at once.
        foreach (var container in _manifest.Containers)
            await Podman.SayAsync("kill", "--signal", "TERM", $"{_pod}-{container.Name}");
        foreach (var container in _manifest.Containers)
        {
            var ended = await Eventually.MatchAsync(
                () => InspectAsync(container.Name, "{{.State.Status}} {{.State.ExitCode}}"), state => state.StartsWith("exited", StringComparison.Ordinal), TimeSpan.FromSeconds(30), Cancellation);
            Assert.Equal((container.Name, "exited 0"), (container.Name, ended));
        }
    }

    // The pod as it stands there, with images that are here, another name, credentials, and a CloudWatch in its midst.
    private string Pod()
    {
        var text = Ours().Replace(File.ReadAllText(Path.Combine(Manifest.Folder, "pod.yaml")), "localhost/${name}:local")
            // One that has ended shall stay so.
            .Replace("\nspec:\n", "\nspec:\n  restartPolicy: Never\n", StringComparison.Ordinal)
            .Replace("\n  name: orders\n", $"\n  name: {_pod}\n", StringComparison.Ordinal)
            .Replace("value: eu-west-1\n", $"""
                value: eu-west-1
                        - name: AWS_ACCESS_KEY_ID
                          value: {StandInCredentials.Example.AccessKey}
                        - name: AWS_SECRET_ACCESS_KEY
                          value: {StandInCredentials.Example.SecretKey}
                        - name: AWS_ENDPOINT_URL_CLOUDWATCH_LOGS
                          value: http://localhost:{CloudWatchPort}

                """, StringComparison.Ordinal)
            .Replace("- name: ADAPTER_METRICS_POD\n", """
                - name: ADAPTER_INTERVAL
                          value: 1s
                        - name: ADAPTER_TIMEOUT
                          value: 500ms
                        - name: ADAPTER_METRICS_POD

                """, StringComparison.Ordinal);
        Assert.Equal(4, text.Split("localhost/").Length - 1);
        // podman would publish every port of a container on the host; the probes go by the manifest as it stands there.
        text = Ports().Replace(text, "");
        return text.TrimEnd('\n') + string.Create(CultureInfo.InvariantCulture, $"""

                - name: cloudwatch
                  image: {Image.Demo}
                  command: ["/opt/cloudwatch-stand-in/cloudwatch-stand-in", "--port", "{CloudWatchPort}"]

            """);
    }

    [GeneratedRegex(@"registry\.example\.com/(?<name>[a-z-]+):[0-9.]+", RegexOptions.ExplicitCapture)]
    private static partial Regex Ours();

    [GeneratedRegex("^      ports:\n(        - .*\n)+", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Ports();

    private async Task AssertRoutesListenAsync(PodNetwork network)
    {
        var ambassador = _manifest.Sidecars.Single(sidecar => sidecar.Agent == "sidecar-ambassador").Environment;
        var ports = ambassador.Where(variable => variable.Key.EndsWith("_LISTEN", StringComparison.Ordinal)).Select(variable => int.Parse(variable.Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal([6379, 8081], ports.Order());
        foreach (var port in ports)
            (await network.ConnectAsync(port)).Dispose();
    }

    // Events in the stream that the manifest names.
    private async Task<int> StoredAsync(PodNetwork network)
    {
        var (status, body) = await network.GetAsync(CloudWatchPort, "/_control", Eventually.Patience, Cancellation);
        // It starts beside the sidecars, and may not listen yet.
        if (status != 200)
            return 0;
        using var state = JsonDocument.Parse(body);
        var groups = state.RootElement.GetProperty("groups").EnumerateObject().ToArray();
        return groups.Length == 1 && groups[0].Value.GetProperty("streams").TryGetProperty($"{_pod}/app.log", out var events) ? events.GetInt32() : 0;
    }

    private async Task<int> ProcessIdAsync(string container) => int.Parse(await InspectAsync(container, "{{.State.Pid}}"), CultureInfo.InvariantCulture);

    private async Task<string> InspectAsync(string container, string format) => (await Podman.SayAsync("inspect", "--format", format, $"{_pod}-{container}")).Trim();
}
