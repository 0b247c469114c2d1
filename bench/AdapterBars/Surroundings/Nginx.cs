using System.Globalization;
using System.Net.Sockets;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace AdapterBars.Surroundings;

/// The app that is asked: a short page, one of 1 KiB and one of 4 MiB.
internal sealed class Nginx : IAsyncDisposable
{
    private const int Kibibyte = 1024;

    private readonly TempVolume _volume;
    private readonly ChildProcess _process;

    private Nginx(TempVolume volume, ChildProcess process, int port) => (_volume, _process, Port) = (volume, process, port);

    public int Port { get; }

    public static async Task<Nginx> StartAsync()
    {
        var (volume, port) = (new TempVolume(), FreePort.Next());
        volume.Write("small", "hello " + new string('x', Kibibyte - 6));
        volume.Write("large", "hello " + new string('x', (4 * Kibibyte * Kibibyte) - 6));
        var root = volume.Root;
        // Its workers would give up root, and with it the folder.
        var user = Environment.IsPrivilegedProcess ? "user root;" : "";
        volume.Write("nginx.conf", string.Create(CultureInfo.InvariantCulture, $$"""
            {{user}} worker_processes 1; daemon off; pid {{root}}/pid; error_log {{root}}/error.log crit; events { worker_connections 4096; }
            http {
                access_log off; sendfile on; client_body_temp_path {{root}}/t; proxy_temp_path {{root}}/t; fastcgi_temp_path {{root}}/t;
                uwsgi_temp_path {{root}}/t; scgi_temp_path {{root}}/t;
                server { listen 127.0.0.1:{{port}} backlog=4096; root {{root}}; location = / { return 200 'hello'; } }
            }
            """));
        var process = ChildProcess.Start("nginx", ["-c", volume.PathOf("nginx.conf"), "-e", "stderr"]);
        var nginx = new Nginx(volume, process, port);
        await Eventually.TrueAsync(() => AcceptsAsync(port));
        return nginx;
    }

    public static async Task<bool> AcceptsAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Its workers end with their master only when it is asked.
    public async ValueTask DisposeAsync()
    {
        _process.Terminate();
        await _process.WaitForExitAsync();
        await _process.DisposeAsync();
        _volume.Dispose();
    }
}
