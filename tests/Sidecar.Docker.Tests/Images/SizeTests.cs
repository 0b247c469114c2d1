using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Images;

/// The table in docs/images.md is true: what is more than a tenth larger than it says fails.
public sealed class SizeTests : IDisposable
{
    private const double Tolerance = 1.1;

    // For 5 s and more.
    private const int SteadyLooks = 250;

    private readonly TempVolume _volume = new();

    public SizeTests() => Podman.Need();

    public static TheoryData<string> Everyone => Image.All;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Its_own_layers_are_as_large_as_the_docs_say(string name)
    {
        var bytes = await Image.Named(name).OwnBytesAsync();

        Assert.InRange(bytes / 1e6, 1, Stated(name).LayerMegabytes * Tolerance);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task It_keeps_as_much_memory_when_idle_as_the_docs_say(string name)
    {
        var image = Image.Named(name);
        await using var container = await RunningContainer.StartAsync(image, AppLog.Folder(_volume, "one\n"));

        // What only the start needed is given back after a few seconds, and some of it comes back when it is used again.
        var (pid, wanted, steady) = (await container.ProcessIdAsync(), Stated(name).IdleMegabytes * Tolerance, 0);
        var idle = await Eventually.MatchAsync(
            () => ProcessUsage.Of(pid).ResidentBytes / 1e6,
            megabytes => (steady = megabytes <= wanted ? steady + 1 : 0) == SteadyLooks,
            TimeSpan.FromSeconds(40),
            TestContext.Current.CancellationToken,
            $"{name} stays below {wanted:0.0} MB");

        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{name}: {idle:0.0} MB"));
    }

    // | sidecar-logs | 45.0 | 37.5 | ...
    private static (double LayerMegabytes, double IdleMegabytes) Stated(string name)
    {
        var page = Path.Combine(Artifacts.RepositoryRoot(), "docs", "images.md");
        var row = File.ReadLines(page).Single(line => line.StartsWith($"| `{name}` | ", StringComparison.Ordinal) && char.IsAsciiDigit(line.Split('|')[2].Trim()[0])).Split('|');
        return (double.Parse(row[2], CultureInfo.InvariantCulture), double.Parse(row[3], CultureInfo.InvariantCulture));
    }
}
