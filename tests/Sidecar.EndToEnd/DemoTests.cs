using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// The demo as one test: its exit code is 0 only if every promise held.
public sealed class DemoTests : IDisposable
{
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task Demo_keeps_every_promise()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(Artifacts.RepositoryRoot(), "demo", "Demo", "bin", output.Parent!.Name, output.Name, "demo");
        var environment = new Dictionary<string, string>
        {
            ["TMPDIR"] = _volume.Folder("tmp"),
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..")),
        };
        await using var demo = ChildProcess.Start(program, ["--folder", _volume.Folder("demo")], environment);

        var code = await demo.WaitForExitAsync(TimeSpan.FromSeconds(120), Cancellation);

        Assert.True(code == 0, demo.Transcript);
        var ids = await File.ReadAllLinesAsync(_volume.PathOf("demo/pids"), Cancellation);
        Assert.True(ids.Length > 10, $"only {ids.Length} processes were started");
        Assert.DoesNotContain(ids, id => Directory.Exists($"/proc/{id}"));
    }
}
