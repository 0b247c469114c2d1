using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace AdapterBars.Surroundings;

/// The peer: prometheus-blackbox-exporter, asked as Prometheus asks it.
internal sealed class Blackbox : IAsyncDisposable
{
    private readonly TempVolume _volume;

    private Blackbox(TempVolume volume, ChildProcess process, int port) => (_volume, Process, Port) = (volume, process, port);

    public ChildProcess Process { get; }

    public int Port { get; }

    public static async Task<Blackbox> StartAsync()
    {
        var (volume, port) = (new TempVolume(), FreePort.Next());
        volume.Write("blackbox.yml", "modules:\n  http_2xx:\n    prober: http\n  tcp_connect:\n    prober: tcp\n");
        var process = ChildProcess.Start(
            "prometheus-blackbox-exporter",
            [$"--config.file={volume.PathOf("blackbox.yml")}", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=error"]);
        await Eventually.TrueAsync(() => Nginx.AcceptsAsync(port));
        return new Blackbox(volume, process, port);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _volume.Dispose();
    }
}
