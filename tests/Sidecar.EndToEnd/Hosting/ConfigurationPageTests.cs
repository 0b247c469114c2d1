using System.Diagnostics;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd.Hosting;

public sealed class ConfigurationPageTests
{
    [Fact]
    public async Task The_page_is_what_the_programs_say_of_themselves()
    {
        using var volume = new TempVolume();
        var page = volume.PathOf("configuration.md");
        var root = Artifacts.RepositoryRoot();
        using var script = Process.Start(Path.Combine(root, "docs", "configuration.sh"), page);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, script.ExitCode);
        Assert.Equal(
            await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(Path.Combine(root, "docs", "configuration.md"), TestContext.Current.CancellationToken));
    }
}
