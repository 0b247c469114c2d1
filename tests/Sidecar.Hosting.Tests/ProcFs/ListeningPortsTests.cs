using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Hosting.ProcFs;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.ProcFs;

public sealed class ListeningPortsTests
{
    private const string Header =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::")]
    public void A_listener_of_either_family_is_seen_and_its_end_too(string address)
    {
        var ports = new ListeningPorts();
        using var listener = new TcpListener(IPAddress.Parse(address), FreePort.Next());
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.False(ports.IsListening(port));

        listener.Start();
        Assert.True(ports.IsListening(port));

        listener.Stop();
        Assert.False(ports.IsListening(port));
    }

    [Theory]
    [InlineData("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1", true)]
    [InlineData(" 12: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0", true)]
    [InlineData("   0: 0100007F:1F90 0100007F:9C40 01 00000000:00000000", false)]
    [InlineData("   0: 0100007F:9C40 0100007F:1F90 0A 00000000:00000000", false)]
    [InlineData("   0: 0100007F:1F90 0100007F:9C40 06 00000000:00000000", false)]
    [InlineData("  sl  local_address rem_address   st", false)]
    [InlineData("   0: 0100007F:1F90", false)]
    [InlineData("   0: 0100007F", false)]
    [InlineData("", false)]
    public void Only_a_row_that_listens_on_the_port_counts(string row, bool isListener)
    {
        Assert.Equal(isListener, ListeningPorts.IsListener(Encoding.ASCII.GetBytes(row), 8080));
    }

    [Fact]
    public void One_listener_is_found_behind_a_hundred_thousand_closed_connections()
    {
        using var volume = new TempVolume();
        var table = new StringBuilder(Header);
        for (var row = 0; row < 100_000; row++)
            table.Append($"{row,6}: 0100007F:1F90 0100007F:{row % 60000:X4} 06 00000000:00000000 03:000005B7 00000000     0        0 0 3 0\n");
        table.Append("100000: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0\n");
        volume.Write("net/tcp", table.ToString());
        var ports = new ListeningPorts(volume.Root);

        Assert.True(ports.IsListening(8081));
        Assert.False(ports.IsListening(8080));
    }

    [Fact]
    public void A_kernel_without_the_tables_is_an_error_and_not_an_absent_port()
    {
        using var volume = new TempVolume();

        Assert.Throws<FileNotFoundException>(() => new ListeningPorts(volume.Root).IsListening(80));
    }
}
