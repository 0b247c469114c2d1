using System.Globalization;
using System.Net;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// Names as a machine's own resolv.conf has them looked up, where the ambassador asks no server of its own.
public sealed class AbsoluteNameTests : IDisposable
{
    private const string Dnsmasq = "/usr/sbin/dnsmasq";
    private const string Server = "127.0.0.78";

    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task A_name_with_a_final_dot_is_searched_nowhere_also_when_the_server_refuses_it()
    {
        await using var dns = await RefusingServerAsync();
        int port = FreePort.Next(), searched = FreePort.Next(), absolute = FreePort.Next();
        await using var shop = await StandInHttp.StartAsync(port, _ => "{}");
        var resolver = _volume.Write("resolv.conf", $"nameserver {Server}\nsearch ns.cluster.test\noptions ndots:3\n");
        await using var ambassador = ChildProcess.Start(
            "unshare",
            ["--mount", "sh", "-c", $"mount --bind {resolver} /etc/resolv.conf && exec {Artifacts.ProgramOf("sidecar-ambassador")}"],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["SIDECAR_ADMIN_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Next()}"),
                ["AMBASSADOR_ROUTE_SEARCHED"] = string.Create(CultureInfo.InvariantCulture, $"http://svc:{port}"),
                ["AMBASSADOR_ROUTE_SEARCHED_LISTEN"] = searched.ToString(CultureInfo.InvariantCulture),
                ["AMBASSADOR_ROUTE_ABSOLUTE"] = string.Create(CultureInfo.InvariantCulture, $"http://svc.:{port}"),
                ["AMBASSADOR_ROUTE_ABSOLUTE_LISTEN"] = absolute.ToString(CultureInfo.InvariantCulture),
            });
        await Eventually.TrueAsync(() => ambassador.HasExited || ambassador.Transcript.Contains("Serving absolute", StringComparison.Ordinal), cancellation: Cancellation);
        Assert.SkipWhen(ambassador.HasExited, "no mount namespace can be made here");

        await Eventually.TrueAsync(async () => await GetAsync(searched) == HttpStatusCode.OK, cancellation: Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(absolute));
    }

    // It knows the domain test, and refuses every other name.
    private async Task<ChildProcess> RefusingServerAsync()
    {
        Assert.SkipUnless(File.Exists(Dnsmasq), "dnsmasq is not on this machine (apt: dnsmasq-base)");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "port 53, which alone resolv.conf can mean, and mounts are root's");
        var hosts = _volume.Write("hosts", "127.0.0.1 svc.ns.cluster.test\n");
        var dns = ChildProcess.Start(
            Dnsmasq,
            [
                "--keep-in-foreground", "--conf-file=", "--pid-file=", "--user=root", "--log-facility=-", "--no-resolv", "--no-hosts", "--bind-interfaces",
                $"--listen-address={Server}", "--port=53", "--local=/test/", "--local-ttl=1", $"--addn-hosts={hosts}",
            ]);
        await dns.WaitForLineAsync(line => line.Contains("read ", StringComparison.Ordinal) && line.Contains("hosts", StringComparison.Ordinal), cancellation: Cancellation);
        return dns;
    }

    private static async Task<HttpStatusCode> GetAsync(int listen)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{listen}/")), Cancellation);
        return answer.StatusCode;
    }
}
