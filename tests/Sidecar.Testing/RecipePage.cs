using Sidecar.Testing.Processes;

namespace Sidecar.Testing;

/// The blocks of environment variables on a page of the documentation, or those in another language, by the titles above them.
public static class RecipePage
{
    public static Dictionary<string, string[]> Read(string page, string language = "env")
    {
        Dictionary<string, string[]> recipes = [];
        var (title, lines) = ("", (List<string>?)null);
        foreach (var line in File.ReadLines(Path.Combine(Artifacts.RepositoryRoot(), page)))
        {
            if (lines is null && line.StartsWith('#'))
                title = line.TrimStart('#', ' ');
            else if (line == $"```{language}")
                lines = [];
            else if (line == "```" && lines is not null)
                (recipes[title], lines) = (lines.ToArray(), null);
            else
                lines?.Add(line);
        }

        return recipes;
    }
}
