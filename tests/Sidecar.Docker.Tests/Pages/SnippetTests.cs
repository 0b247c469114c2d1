using System.Text.Json;
using System.Text.RegularExpressions;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Pages;

/// What stands in a block of a page can be copied: the shell takes it, programs and scripts are there, settings pass check, JSON and
/// YAML are whole. Blocks of settings alone (env) are the business of the pages' own tests.
public sealed partial class SnippetTests : IDisposable
{
    private static readonly string Root = Artifacts.RepositoryRoot();

    /// Blocks that show what is seen or written elsewhere.
    private static readonly string[] NotToBeRun = ["", "text", "csharp", "html", "sql", "xml", "ini", "promql", "env", "http", "toml", "hcl", "diff", "log", "insights"];

    private readonly TempVolume _volume = new();

    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
            .Select(page => Path.GetRelativePath(Root, page))
            .Where(page => !page.StartsWith("artifacts/", StringComparison.Ordinal) && !page.Contains("/bin/", StringComparison.Ordinal) && !page.Contains("/obj/", StringComparison.Ordinal))
            .Where(page => Blocks(page).Any())
            .Order(StringComparer.Ordinal),
    ];

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_block_of_a_page_can_be_copied(string page)
    {
        foreach (var (language, text) in Blocks(page))
        {
            switch (language)
            {
                case "sh":
                    await ParsesAsync(page, text);
                    ThereAre(page, text);
                    await CheckPassesAsync(page, text);
                    break;
                case "json":
                    JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip }).Dispose();
                    break;
                case "yaml":
                    Assert.All(Yaml.Documents(text), document => Assert.True(document.IsThere, $"{page}:\n{text}"));
                    break;
                default:
                    Assert.True(NotToBeRun.Contains(language), $"{page}: a block of '{language}', which nobody tests");
                    break;
            }
        }
    }

    private async Task ParsesAsync(string page, string text)
    {
        // <pod> and the like are for the reader to fill in.
        var script = _volume.Write("snippet.sh", Placeholders().Replace(text, "placeholder"));
        await using var shell = ChildProcess.Start("bash", ["-n", script]);
        Assert.True(await shell.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken) == 0, $"{page}:\n{text}\n{shell.Transcript}");
    }

    // ./build.sh, bench/footprint, artifacts/sidecar-logs/sidecar-logs, tests/<Suite>/bin/...
    private static void ThereAre(string page, string text) => Assert.All(
        Paths().Matches(text).Select(match => match.Groups["path"].Value),
        path => Assert.True(Path.Exists(Path.Combine(Root, path)), $"{page}: there is no {path}"));

    // LOGS_PATHS='...' artifacts/sidecar-logs/sidecar-logs: with check in the place of run, it is as the page promises.
    private async Task CheckPassesAsync(string page, string text)
    {
        foreach (var line in text.Split('\n').Where(line => AgentRun().IsMatch(line)))
        {
            var command = AgentRun().Replace(line, match => $"{match.Groups["settings"].Value}\"$SIDECAR\" check");
            var script = _volume.Write("check.sh", $"SIDECAR='{Artifacts.ProgramOf(AgentRun().Match(line).Groups["agent"].Value)}'\n{command}\n");
            await using var shell = ChildProcess.Start("bash", [script]);
            Assert.True(await shell.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken) == 0, $"{page}: {line}\n{shell.Transcript}");
        }
    }

    private static IEnumerable<(string Language, string Text)> Blocks(string page) =>
        Fences().Matches(File.ReadAllText(Path.Combine(Root, page))).Select(match => (match.Groups["language"].Value, match.Groups["text"].Value));

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex("<[a-z][a-z ._-]*>")]
    private static partial Regex Placeholders();

    [GeneratedRegex(@"(?<![\w./<>-])(\./)?(?<path>(docker|bench|docs|tests|demo|src|\.ci)/[\w./-]+|(build|test|demo|release)\.sh)(?![\w<*])", RegexOptions.ExplicitCapture)]
    private static partial Regex Paths();

    [GeneratedRegex("^(?<settings>(LOGS|AMBASSADOR|ADAPTER)_.*)artifacts/sidecar-[a-z]+/(?<agent>sidecar-[a-z]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex AgentRun();
}
