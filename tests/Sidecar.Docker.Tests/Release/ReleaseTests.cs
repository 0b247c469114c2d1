using Sidecar.Testing;

namespace Sidecar.Docker.Tests.Release;

/// What release.sh refuses, and the page that it takes its licences from.
public sealed class ReleaseTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly Tool _tool;

    public ReleaseTests() => _tool = new Tool(_volume);

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData(0, "1.2.3 can be released")]
    [InlineData(1, "changes that are not committed:  M CHANGELOG.md", "dirty")]
    [InlineData(1, "has no tag (it would be 0.1.0-dev)", "untagged")]
    [InlineData(1, "says nothing under '## 1.2.3'", "unwritten")]
    [InlineData(1, "docker/ecs/task.json:1:\"image\": \"registry.example.com/sidecar-logs:1.2.2\"", "old-example")]
    public async Task A_release_needs_a_tag_a_clean_tree_its_notes_and_examples_that_name_it(int code, string expected, string fault = "")
    {
        var folder = _tool.Copy("sources", "release.sh", ".ci/prerequisites.sh", ".ci/version", "Directory.Build.props");
        var example = fault == "old-example" ? "1.2.2" : "1.2.3";
        _volume.Write("sources/docker/ecs/task.json", $"\"image\": \"registry.example.com/sidecar-logs:{example}\"\n");
        _volume.Write("sources/docker/kubernetes/pod.yaml", "image: registry.example.com/sidecar-adapter:1.2.3\n");
        _volume.Write("sources/CHANGELOG.md", $"# Changelog\n\n## Unreleased\n\n- Something\n\n## 1.2.3 - 2026-11-23\n{(fault == "unwritten" ? "" : "\n- Something else\n")}\n## 1.2.2 - 2026-11-22\n\n- Before\n");
        await _tool.SayAsync(folder, "git", "init", "-q");
        await _tool.SayAsync(folder, "git", "add", "--all");
        await _tool.SayAsync(folder, "git", "commit", "-q", "-m", "A release");
        if (fault != "untagged")
            await _tool.SayAsync(folder, "git", "tag", "v1.2.3");
        if (fault == "dirty")
            _volume.Append("sources/CHANGELOG.md", "- And more\n");

        var (ended, said) = await _tool.RunAsync(folder, "./release.sh", "--check");

        Assert.True(ended == code, said);
        Assert.Contains(expected, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_of_licences_is_what_the_packages_of_the_published_agents_say()
    {
        var page = _volume.PathOf("licences.md");

        await _tool.SayAsync(Tool.Root, "docs/licences.sh", page);

        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(Tool.Root, "docs", "licences.md"), TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken));
    }
}
