using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Release;

/// The version comes from git's tags, and is the same wherever it is said.
public sealed class VersionTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly Tool _tool;
    private readonly string _folder;

    public VersionTests()
    {
        _tool = new Tool(_volume);
        _folder = _tool.Copy("sources", ".ci/version", "Directory.Build.props");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData("0.1.0-dev", "commit")]
    [InlineData("1.2.3", "commit", "tag v1.2.3")]
    [InlineData("1.2.4-dev", "commit", "tag v1.2.3", "change")]
    [InlineData("1.2.4-dev", "commit", "tag v1.2.3", "change", "commit")]
    [InlineData("1.3.0-rc.1", "commit", "tag v1.2.3", "change", "commit", "tag v1.3.0-rc.1")]
    [InlineData("1.3.0-rc.1.dev", "commit", "tag v1.3.0-rc.1", "change", "commit")]
    [InlineData("0.1.0-dev", "commit", "tag before-the-move")]
    public async Task The_version_is_that_of_the_tag_and_else_of_what_comes_after_it(string expected, params string[] steps)
    {
        await _tool.SayAsync(_folder, "git", "init", "-q");
        foreach (var step in steps)
            await TakeAsync(step);

        Assert.Equal(expected, await _tool.SayAsync(_folder, ".ci/version"));
    }

    [Fact]
    public async Task The_tags_of_a_repository_around_the_sources_are_not_theirs()
    {
        await _tool.SayAsync(_volume.Root, "git", "init", "-q");
        await _tool.SayAsync(_volume.Root, "git", "commit", "-q", "--allow-empty", "-m", "Another project");
        await _tool.SayAsync(_volume.Root, "git", "tag", "v7.0.0");

        Assert.Equal("0.1.0-dev", await _tool.SayAsync(_folder, ".ci/version"));
    }

    [Theory]
    [InlineData("sidecar-logs")]
    [InlineData("sidecar-ambassador")]
    [InlineData("sidecar-adapter")]
    public async Task A_published_agent_says_the_version_of_the_sources_on_its_command_line_and_in_its_metrics(string agent)
    {
        var version = await _tool.SayAsync(Tool.Root, ".ci/version");
        await using var asked = await SidecarProcess.RunAsync(agent, new Dictionary<string, string>(StringComparer.Ordinal), Cancellation, "--version");
        await using var running = await SidecarProcess.StartReadyAsync(agent, AgentSettings.Least(agent, _volume), Cancellation);

        Assert.Equal(version, asked.Transcript.Trim().Split('+')[0]);
        Assert.Matches($"(?m)^sidecar_build_info\\{{[^}}]*version=\"{version}\"", (await running.GetAsync("/metrics", Cancellation)).Body);
    }

    private async Task TakeAsync(string step)
    {
        switch (step.Split(' '))
        {
            case ["commit"]:
                await _tool.SayAsync(_folder, "git", "add", "--all");
                await _tool.SayAsync(_folder, "git", "commit", "-q", "-m", "A change");
                break;
            case ["tag", var name]:
                await _tool.SayAsync(_folder, "git", "tag", name);
                break;
            default:
                await File.AppendAllTextAsync(Path.Combine(_folder, "Directory.Build.props"), "<!-- changed -->\n", Cancellation);
                break;
        }
    }
}
