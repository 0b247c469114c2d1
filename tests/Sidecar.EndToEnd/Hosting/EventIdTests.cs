using System.Text.RegularExpressions;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd.Hosting;

/// Who filters the agents' own log goes by the ids of its events.
public sealed partial class EventIdTests
{
    [Fact]
    public void No_two_messages_share_an_id()
    {
        var ids = Directory.EnumerateFiles(Path.Combine(Artifacts.RepositoryRoot(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(path => Message().Matches(File.ReadAllText(path)).Select(message => (Id: message.Groups[1].Value, File: Path.GetFileName(path))))
            .ToList();

        Assert.NotEmpty(ids);
        Assert.Empty(ids.GroupBy(one => one.Id).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(one => one.File))}"));
    }

    [GeneratedRegex(@"LoggerMessage\(\s*(\d+)")]
    private static partial Regex Message();
}
