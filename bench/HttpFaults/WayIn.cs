using System.Globalization;
using System.Net;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace HttpFaults;

/// What stands between the callers and the backends, and the port that the callers connect to.
internal sealed class WayIn(int port, IAsyncDisposable program) : IAsyncDisposable
{
    public const string Ambassador = "ambassador";
    public const string HaProxy = "haproxy";
    public const string Nginx = "nginx";

    public const string Name = "backend.test";

    public int Port => port;

    /// <param name="names">Where the backends are asked for by name, all on the port of the first.</param>
    public static async Task<WayIn> StartAsync(string through, IReadOnlyList<IPEndPoint> backends, IPEndPoint? names = null)
    {
        int port = FreePort.Next();
        string folder = Directory.CreateTempSubdirectory("http-faults-").FullName;
        string[] hosts = names == null ? [.. backends.Select(one => one.ToString())] : [string.Create(CultureInfo.InvariantCulture, $"{Name}:{backends[0].Port}")];
        IAsyncDisposable program = through switch
        {
            HaProxy => ChildProcess.Start("haproxy", ["-db", "-f", Write(folder, HaProxyOf(port, hosts, names))]),
            Nginx => ChildProcess.Start("nginx", ["-p", folder, "-c", Write(folder, NginxOf(port, hosts, names))], new Dictionary<string, string>()),
            _ => SidecarProcess.Start(
                "sidecar-ambassador",
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["AMBASSADOR_ROUTE_B"] = $"http://{string.Join(',', hosts)}",
                    ["AMBASSADOR_ROUTE_B_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
                    ["AMBASSADOR_NAMESERVERS"] = names?.ToString() ?? "",
                    ["DOTNET_GCgen0size"] = "100000",
                }),
        };
        await Eventually.TrueAsync(() => Caller.IsAnsweredAsync(new IPEndPoint(IPAddress.Loopback, port)), what: $"{through} answers");
        return new WayIn(port, program);
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();

    private static string Write(string folder, string text)
    {
        string path = Path.Combine(folder, "conf");
        File.WriteAllText(path, text);
        return path;
    }

    // What may be repeated is, as with the ambassador; nothing else.
    private static string HaProxyOf(int port, string[] hosts, IPEndPoint? names) => string.Create(CultureInfo.InvariantCulture, $"""
        global
          nbthread 2
        {(names == null ? "" : $"resolvers dns\n  nameserver one {names.Address}:{names.Port}\n  resolve_retries 3\n  timeout resolve 1s\n  timeout retry 1s\n  hold valid 1s")}
        defaults
          mode http
          retries 3
          option redispatch
          retry-on all-retryable-errors
          timeout connect 1s
          timeout client 60s
          timeout server 2s
          http-reuse always
        frontend f
          bind 127.0.0.1:{port}
          http-request disable-l7-retry if METH_POST
          default_backend b
        backend b
          balance leastconn
          default-server check inter 1s fall 2 rise 1{(names == null ? "" : " resolvers dns init-addr none")}
        {(names == null ? string.Join('\n', hosts.Select((host, i) => $"  server s{i} {host}")) : $"  server-template s 4 {hosts[0]}")}

        """);

    private static string NginxOf(int port, string[] hosts, IPEndPoint? names) => string.Create(CultureInfo.InvariantCulture, $$"""
        master_process off; daemon off; pid nginx.pid; error_log error.log crit; events { worker_connections 4096; }
        http {
          access_log off; keepalive_requests 100000000; client_body_temp_path .; proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;
          proxy_http_version 1.1; proxy_set_header Connection ""; proxy_connect_timeout 1s; proxy_read_timeout 2s;
          proxy_next_upstream error timeout http_502 http_503 http_504;
          {{(names == null ? $"upstream b {{ least_conn; keepalive 64; {string.Concat(hosts.Select(host => $"server {host} max_fails=2 fail_timeout=1s; "))}}}" : $"resolver {names} ipv6=off;")}}
          server { listen 127.0.0.1:{{port}}; location / { {{(names == null ? "proxy_pass http://b;" : $"set $to {hosts[0]}; proxy_pass http://$to;")}} } }
        }
        """);
}
