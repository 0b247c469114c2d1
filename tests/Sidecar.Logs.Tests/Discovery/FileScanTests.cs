using Sidecar.Logs.Discovery;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Discovery;

public sealed class FileScanTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void A_file_belongs_to_the_first_source_that_names_it()
    {
        var orders = _volume.Write("orders.log", "");
        var web = _volume.Write("web.log", "");
        var scan = new FileScan([Sources.Of(_volume.PathOf("orders*"), "orders"), Sources.Of(_volume.PathOf("*.log"), "rest")], []);

        var found = scan.Run();

        Assert.Equal("orders", found[orders].Name);
        Assert.Equal("rest", found[web].Name);
    }

    [Fact]
    public void What_the_agent_writes_itself_what_is_compressed_and_what_is_excluded_is_never_found()
    {
        var app = _volume.Write("app.log", "");
        _volume.Write("app.log.2.gz", "");
        _volume.Write("debug.log", "");
        _volume.Write("state/checkpoints.json", "");
        _volume.Write("out.log", "");
        _volume.Write("stateful.log", "");
        var source = Sources.Of(_volume.PathOf("**"), "all", exclude: _volume.PathOf("debug.*"));
        var scan = new FileScan([source], [_volume.PathOf("state"), _volume.PathOf("out.log")]);

        Assert.Equal([app, _volume.PathOf("stateful.log")], scan.Run().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_appears_later_is_found_with_what_is_in_it()
    {
        var scan = new FileScan([Sources.Of(_volume.PathOf("*/today/*.log"), "late")], []);
        var before = scan.Run().Count;
        var late = _volume.Write("pod/today/app.log", "");

        Assert.Equal(0, before);
        Assert.Equal([late], scan.Run().Keys);
    }
}
