using Sidecar.Docker.Tests.Images;
using Sidecar.Testing;

namespace Sidecar.Docker.Tests.Kubernetes;

/// A batch job whose sidecars are plain containers, as docker/kubernetes/job.yaml says for older clusters.
public sealed class PlainJobTests : IAsyncLifetime
{
    private readonly TempVolume _volume = new();
    private readonly string _pod = $"batch-{Guid.NewGuid():N}"[..20];

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
    public async Task The_sidecars_ship_the_last_line_and_end_with_0_when_the_job_has_ended()
    {
        await Podman.SayAsync("kube", "play", "--network", "none", _volume.Write("job.yaml", Pod()));

        foreach (var container in (string[])["batch", "logs", "ambassador"])
        {
            var state = await Eventually.MatchAsync(
                async () => await Podman.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", $"{_pod}-{container}"),
                state => state.StartsWith("exited", StringComparison.Ordinal), TimeSpan.FromSeconds(45), Cancellation, $"{container} has exited");
            Assert.Equal((container, "exited 0"), (container, state.Trim()));
        }

        Assert.Contains("the last line", (await Podman.SayAsync("logs", $"{_pod}-logs")).Split('\n'));
    }

    // The job waits until it is asked for: the sidecars have to see it before it ends.
    private string Pod() => $$"""
        apiVersion: v1
        kind: Pod
        metadata: { name: {{_pod}} }
        spec:
          restartPolicy: Never
          shareProcessNamespace: true
          volumes:
            - { name: {{_pod}}-logs, emptyDir: {} }
          containers:
            - name: batch
              image: {{Image.Named("sidecar-adapter-shell").Reference}}
              command:
                - /bin/sh
                - -c
                - "for port in 9471 9472; do until SIDECAR_ADMIN_LISTEN=$port /sidecar-adapter wait --timeout 1s; do :; done; done; echo the last line > /var/log/app/batch.log"
              volumeMounts: [{ name: {{_pod}}-logs, mountPath: /var/log/app }]
            - name: logs
              image: {{Image.Named("sidecar-logs").Reference}}
              env:
                - { name: LOGS_PATHS, value: /var/log/app/*.log }
                - { name: LOGS_DESTINATION, value: stdout }
                - { name: SIDECAR_EXIT_WITH, value: "process:sh" }
              volumeMounts: [{ name: {{_pod}}-logs, mountPath: /var/log/app }]
              securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
            - name: ambassador
              image: {{Image.Named("sidecar-ambassador").Reference}}
              env:
                - { name: AMBASSADOR_ROUTE_DB, value: "tcp://127.0.0.1:5433" }
                - { name: AMBASSADOR_ROUTE_DB_LISTEN, value: "5432" }
                - { name: SIDECAR_EXIT_WITH, value: "process:sh" }
              securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }

        """;
}
