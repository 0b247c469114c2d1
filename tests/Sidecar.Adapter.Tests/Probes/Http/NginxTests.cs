using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes.Http;

/// A real nginx as the app.
public sealed class NginxTests : IDisposable
{
    private readonly TempVolume _volume = new();

    [Fact]
    public async Task Nginx_is_up_down_with_its_status_when_frozen_and_when_gone_and_each_says_why()
    {
        if (!File.Exists("/usr/sbin/nginx"))
            Assert.Skip("nginx is not on this machine (apt: nginx-light)");
        var port = FreePort.Next();
        var root = _volume.Root;
        _volume.Write("nginx.conf", $$"""
            daemon off; master_process off; pid {{root}}/pid; error_log {{root}}/error.log crit; events { worker_connections 64; }
            http {
                access_log off; client_body_temp_path {{root}}/t; proxy_temp_path {{root}}/t; fastcgi_temp_path {{root}}/t; uwsgi_temp_path {{root}}/t; scgi_temp_path {{root}}/t;
                server { listen 127.0.0.1:{{port}}; location /login { if (-f {{root}}/broken) { return 503; } return 200 'Sign in'; } location / { return 302 /login; } }
            }
            """);
        await using var nginx = ChildProcess.Start("/usr/sbin/nginx", ["-c", _volume.PathOf("nginx.conf"), "-e", "stderr"]);
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://localhost:{port}/"), ("ADAPTER_PROBE_WEB_TEXT", "Sign in"), ("ADAPTER_PROBE_LISTENS", $"port:{port}"),
            ("ADAPTER_INTERVAL", "200ms"), ("ADAPTER_TIMEOUT", "200ms"), ("ADAPTER_FALL", "1"));
        await adapter.WaitForAsync("/health/web", 200);

        _volume.Write("broken", "");
        var broken = await ReasonAsync(adapter, "status 503");
        File.Delete(_volume.PathOf("broken"));
        await adapter.WaitForAsync("/health/web", 200);
        nginx.Signal(UnixSignal.Stop);
        var frozen = await ReasonAsync(adapter, "timed out");
        var (listens, _) = await adapter.GetAsync("/health/listens");
        nginx.Signal(UnixSignal.Continue);
        await adapter.WaitForAsync("/health/web", 200);
        nginx.Kill();
        var gone = await ReasonAsync(adapter, "refused");

        Assert.Contains("status 503 at 127.0.0.1, expected 200-399", broken, StringComparison.Ordinal);
        Assert.Contains("timed out waiting for an answer at 127.0.0.1 (after 200ms)", frozen, StringComparison.Ordinal);
        Assert.Equal(200, listens);
        Assert.Contains("connection refused", gone, StringComparison.Ordinal);
    }

    public void Dispose() => _volume.Dispose();

    private static async Task<string> ReasonAsync(RunningAdapter adapter, string contained)
    {
        var (_, body) = await Eventually.MatchAsync(
            () => adapter.GetAsync("/health/web?format=text"),
            answer => answer.Status == 503 && answer.Body.Contains(contained, StringComparison.Ordinal),
            cancellation: TestContext.Current.CancellationToken);
        return body;
    }
}
