using System.Text.RegularExpressions;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Pages;

/// The pages tell the truth as far as a program can see: settings exist, blocks pass check, links lead somewhere.
public sealed partial class PageTests
{
    private static readonly string Root = Artifacts.RepositoryRoot();

    public static TheoryData<string> Replacements => new(Configurations().Keys);

    public static TheoryData<string> Pages => new(
        Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docker"), "*.md", SearchOption.AllDirectories))
            .Append(Path.Combine(Root, "README.md"))
            .Select(page => Path.GetRelativePath(Root, page)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Replacements))]
    public async Task What_replaces_another_tools_settings_passes_check(string title)
    {
        var lines = Configurations()[title];
        var environment = lines.Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

        await using var check = await SidecarProcess.RunAsync(AgentOf(lines[0]), environment, Cancellation, "check");

        Assert.True(await check.WaitForExitAsync(cancellation: Cancellation) == 0, check.Transcript);
    }

    [Theory]
    [InlineData("docs/migrating.md")]
    [InlineData("docs/security.md")]
    [InlineData("docs/tracing.md")]
    [InlineData("docs/troubleshooting.md")]
    [InlineData("docs/when-not-to-use.md")]
    public void Every_setting_that_a_page_names_exists(string page)
    {
        var known = Known().Matches(Read("docs/configuration.md")).Select(match => match.Groups["name"].Value).ToArray();
        Assert.Contains("LOGS_SOURCE_<NAME>_PARSE", known);
        var text = Read(page);

        Assert.All(
            Ours().Matches(text).Select(match => match.Value.TrimEnd('_')).Distinct(),
            name => Assert.Contains(known, one => one == name || Regex.IsMatch(name, $"^{one.Replace("<NAME>", "([A-Z0-9]+|<NAME>)", StringComparison.Ordinal)}(_FILE)?$")));
        Assert.All(
            Endings().Matches(text).Select(match => match.Groups["name"].Value).Distinct(),
            ending => Assert.Contains(known, one => (one + "|" + one + "_FILE|").Contains(ending + "|", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_to_something_that_is_there(string page)
    {
        foreach (var link in Links().Matches(Read(page)).Select(match => match.Groups["to"].Value).Where(link => !link.Contains("://", StringComparison.Ordinal)))
        {
            var (path, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, "");
            var target = path.Length == 0 ? Path.Combine(Root, page) : Path.GetFullPath(Path.Combine(Root, Path.GetDirectoryName(page)!, path));
            Assert.True(Path.Exists(target), $"{page}: {link}");
            if (anchor.Length > 0)
                Assert.Contains(anchor, Titles().Matches(File.ReadAllText(target)).Select(match => Slug(match.Groups["title"].Value)));
        }
    }

    [Fact]
    public void The_readme_leads_to_every_page()
    {
        var linked = Links().Matches(Read("README.md")).Select(match => match.Groups["to"].Value).ToHashSet(StringComparer.Ordinal);

        Assert.Superset(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Select(page => $"docs/{Path.GetFileName(page)}").ToHashSet(StringComparer.Ordinal), linked);
    }

    private static Dictionary<string, string[]> Configurations() => RecipePage.Read("docs/migrating.md");

    private static string Read(string page) => File.ReadAllText(Path.Combine(Root, page));

    private static string AgentOf(string line) => "sidecar-" + line[..line.IndexOf('_', StringComparison.Ordinal)].ToLowerInvariant();

    // As GitHub makes an anchor of a title.
    private static string Slug(string title) =>
        string.Concat(title.ToLowerInvariant().Where(one => char.IsLetterOrDigit(one) || one is ' ' or '-' or '_')).Replace(' ', '-');

    [GeneratedRegex("(^\\| `(?<name>[A-Z0-9_<>]+)` \\|)|(For all at once: (?<name>[A-Z0-9_]+))", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Known();

    [GeneratedRegex("\\b(LOGS|AMBASSADOR|ADAPTER|SIDECAR)_([A-Z0-9_]|<NAME>)+", RegexOptions.ExplicitCapture)]
    private static partial Regex Ours();

    [GeneratedRegex("`(?<name>_[A-Z][A-Z0-9_]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Endings();

    [GeneratedRegex("\\]\\((?<to>[^)\\s]+)\\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Links();

    [GeneratedRegex("^#+ (?<title>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Titles();
}
