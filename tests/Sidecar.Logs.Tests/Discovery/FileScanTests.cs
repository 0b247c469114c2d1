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
        var scan = new FileScan([Sources.Of(_volume.PathOf("orders*"), "orders"), Sources.Of(_volume.PathOf("*.log"), "rest")], [], TimeProvider.System);

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
        var scan = new FileScan([source], [_volume.PathOf("state"), _volume.PathOf("out.log")], TimeProvider.System);

        Assert.Equal([app, _volume.PathOf("stateful.log")], scan.Run().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_appears_later_is_found_with_what_is_in_it()
    {
        var scan = new FileScan([Sources.Of(_volume.PathOf("*/today/*.log"), "late")], [], TimeProvider.System);
        var before = scan.Run().Count;
        var late = _volume.Write("pod/today/app.log", "");

        Assert.Equal(0, before);
        Assert.Equal([late], scan.Run().Keys);
    }

    [Fact]
    public void What_is_new_is_found_although_unchanged_folders_are_not_walked_again()
    {
        var scan = new FileScan([Sources.Of(_volume.PathOf("pods/*/logs/*.log"))], [], TimeProvider.System);
        Assert.Empty(scan.Run());
        _volume.Write("pods/a/logs/app.log", "");
        var found = scan.Run();
        Assert.Single(found);
        File.SetLastWriteTimeUtc(_volume.PathOf("pods/a/logs"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        _volume.Write("pods/b/logs/app.log", "");
        Assert.Equal(2, scan.Run().Count);
        _volume.Write("pods/a/logs/other.log", "");
        Assert.Equal(3, scan.Run().Count);
        Directory.Delete(_volume.PathOf("pods/b"), recursive: true);
        Assert.Equal(2, scan.Run().Count);
    }

    [Fact]
    public void Folders_that_nothing_happens_in_are_not_walked_again_until_ten_seconds_have_passed()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1));
        _volume.Write("logs/app.log", "");
        var scan = new FileScan([Sources.Of(_volume.PathOf("logs/*.log"))], [], time);

        var found = scan.Run();
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Same(found, scan.Run());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotSame(found, scan.Run());
    }

    [Fact]
    public void A_folder_that_may_not_be_looked_into_is_named()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may look into every folder");
        _volume.Write("secret/app.log", "");
        ChangeMode("300");
        var scan = new FileScan([Sources.Of(_volume.PathOf("*/*.log"))], [], TimeProvider.System);

        Assert.Empty(scan.Run());

        Assert.Equal([_volume.PathOf("secret")], scan.Denied);
        ChangeMode("700");

        void ChangeMode(string mode)
        {
            using var chmod = System.Diagnostics.Process.Start("chmod", [mode, _volume.PathOf("secret")]);
            chmod.WaitForExit();
        }
    }
}
