using System.Net;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Ambassador.Tests.Upstreams.Names;

/// A DNS server of another make: what it answers is what we understand.
public sealed class DnsmasqTests : IAsyncDisposable
{
    private const string Program = "/usr/sbin/dnsmasq";
    private const string Domain = "test.example";

    private readonly TempVolume _volume = new();
    private readonly IPEndPoint _address = new(IPAddress.Loopback, FreePort.Next());
    private readonly Lazy<ChildProcess> _dnsmasq;

    public DnsmasqTests() => _dnsmasq = new Lazy<ChildProcess>(() => ChildProcess.Start(
        Program,
        [
            "--keep-in-foreground", "--conf-file=", "--pid-file=", "--user=root", "--log-facility=-", "--no-resolv", "--no-hosts", "--bind-interfaces",
            "--listen-address=127.0.0.1", $"--port={_address.Port}", $"--local=/{Domain}/", "--local-ttl=1", $"--addn-hosts={_volume.PathOf("hosts")}",
            $"--cname=www.{Domain},shop.{Domain}", $"--srv-host=_shop._tcp.{Domain},a.{Domain},8081,1,10", $"--srv-host=_shop._tcp.{Domain},b.{Domain},8082,2,5",
        ]));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Addresses_aliases_services_and_long_answers_are_understood_and_what_is_not_there_is_said()
    {
        string[] many = [.. Enumerable.Range(1, 60).Select(i => $"10.1.0.{i}")];
        await StartAsync([$"10.0.0.1 shop.{Domain}", $"fd00::1 shop.{Domain}", $"10.0.0.2 a.{Domain}", $"10.0.0.3 b.{Domain}", .. many.Select(address => $"{address} many.{Domain}")]);
        var names = new NameLookup([_address], TimeProvider.System);

        var shop = await names.FindHostAsync(new HostPort($"shop.{Domain}", 80), Cancellation);
        var alias = await names.FindHostAsync(new HostPort($"www.{Domain}", 80), Cancellation);
        var long60 = await names.FindHostAsync(new HostPort($"many.{Domain}", 80), Cancellation);
        var service = await names.FindServiceAsync(new HostPort($"_shop._tcp.{Domain}", 0), Cancellation);
        var nobody = await names.FindHostAsync(new HostPort($"nobody.{Domain}", 80), Cancellation);

        Assert.Equal(("10.0.0.1:80", "[fd00::1]:80", TimeSpan.FromSeconds(1)), (shop.Found[0].Address.ToString(), shop.Found[0].Other?.ToString(), shop.Ttl));
        Assert.Equal("10.0.0.1:80", Assert.Single(alias.Found).Address.ToString());
        Assert.Equal(many.Order(StringComparer.Ordinal), long60.Found.Select(found => found.Address.Address.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal([("10.0.0.2:8081", 1, 10), ("10.0.0.3:8082", 2, 5)], service.Found.Select(found => (found.Address.ToString(), found.Priority, found.Weight)));
        Assert.Equal($"the name 'nobody.{Domain}' does not resolve (no such name or no address)", nobody.Failure);
    }

    [Fact]
    public async Task A_route_follows_the_address_when_it_changes()
    {
        await using var old = await HttpBackend.StartAsync("old");
        await using var fresh = await HttpBackend.StartAsync(context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "new"), old.Port, IPAddress.Parse("127.0.0.2"));
        await StartAsync([$"127.0.0.1 shop.{Domain}"]);
        var (ambassador, port) = await RunningAmbassador.StartAsync(_address, $"http://shop.{Domain}:{old.Port}");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        Assert.Equal("old", await client.GetStringAsync("/", Cancellation));

        _volume.Write("hosts", $"127.0.0.2 shop.{Domain}\n");
        _dnsmasq.Value.Signal(UnixSignal.HangUp);
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "new");

        for (var i = 0; i < 20; i++) Assert.Equal("new", await client.GetStringAsync("/", Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        if (_dnsmasq.IsValueCreated) await _dnsmasq.Value.DisposeAsync();
        _volume.Dispose();
    }

    private async Task StartAsync(string[] hosts)
    {
        if (!File.Exists(Program)) Assert.Skip("dnsmasq is not on this machine (apt: dnsmasq-base)");
        _volume.Write("hosts", string.Join('\n', hosts) + "\n");
        await _dnsmasq.Value.WaitForLineAsync(line => line.Contains("read ", StringComparison.Ordinal) && line.Contains("hosts", StringComparison.Ordinal), cancellation: Cancellation);
    }
}
