using System.Security.Cryptography;
using System.Text;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Release;

/// Who builds the same sources gets the same bytes, wherever they lie.
public sealed class ReproducibleTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly Tool _tool;

    public ReproducibleTests() => _tool = new Tool(_volume);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData("sidecar-logs")]
    [InlineData("sidecar-ambassador")]
    [InlineData("sidecar-adapter")]
    public async Task A_published_agent_holds_no_path_of_the_machine_that_it_was_built_on(string agent)
    {
        var program = await File.ReadAllBytesAsync(Artifacts.ProgramOf(agent), Cancellation);

        Assert.All(
            [Tool.Root, Tool.Packages.TrimEnd('/')],
            path => Assert.All([Encoding.UTF8, Encoding.Unicode], encoding => Assert.Equal(-1, program.AsSpan().IndexOf(encoding.GetBytes(path)))));
    }

    [Fact]
    public async Task A_published_agent_is_the_same_to_the_byte_wherever_it_is_built()
    {
        Assert.SkipUnless(Environment.ExpandEnvironmentVariables("%SIDECAR_TEST_LONG%") == "1", "two publishes take minutes: ./test.sh --long");

        Assert.Equal(await PublishedAsync("here"), await PublishedAsync("in/quite/another/folder"));
    }

    private async Task<string> PublishedAsync(string folder)
    {
        await _tool.SayAsync(_volume.Root, "git", "clone", "-q", Tool.Root, folder);
        await _tool.SayAsync(_volume.PathOf(folder), "./build.sh", "adapter");
        await using var program = File.OpenRead(_volume.PathOf($"{folder}/artifacts/sidecar-adapter/sidecar-adapter"));
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(program, Cancellation));
    }
}
