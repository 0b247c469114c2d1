using System.Text.Json;

namespace Sbom;

/// What a restore found, as far as it ends up in the published program: analyzers and the compiler's tools are left out.
internal sealed record Assets(string Version, IReadOnlyList<Package> Packages)
{
    public static Assets Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement;
        var folders = root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToArray();
        var packages = Libraries(root, folders).Concat(Downloads(root, folders)).OrderBy(package => package.Name, StringComparer.Ordinal).ToArray();
        return new Assets(root.GetProperty("project").GetProperty("version").GetString()!, packages);
    }

    private static IEnumerable<Package> Libraries(JsonElement root, string[] folders)
    {
        // The target with a runtime identifier is the published one.
        var target = root.GetProperty("targets").EnumerateObject().Single(target => target.Name.Contains('/', StringComparison.Ordinal)).Value;
        foreach (var library in target.EnumerateObject())
        {
            if (library.Value.GetProperty("type").GetString() != "package" || !library.Value.TryGetProperty("runtime", out _))
                continue;

            var (name, version) = library.Name.Split('/') is [var first, var second] ? (first, second) : throw new FormatException(library.Name);
            var needs = library.Value.TryGetProperty("dependencies", out var wanted) ? wanted.EnumerateObject().Select(one => one.Name).ToArray() : [];
            yield return Found(folders, name, version, needs);
        }
    }

    // Not in a lock file: the runtime itself, and what is referenced by file.
    private static IEnumerable<Package> Downloads(JsonElement root, string[] folders)
    {
        foreach (var framework in root.GetProperty("project").GetProperty("frameworks").EnumerateObject())
        {
            if (!framework.Value.TryGetProperty("downloadDependencies", out var downloads))
                continue;

            foreach (var download in downloads.EnumerateArray())
            {
                var name = download.GetProperty("name").GetString()!;
                if (name.Contains("Crossgen", StringComparison.Ordinal) || name.Contains("ILLink", StringComparison.Ordinal) || name.Contains("ILCompiler", StringComparison.Ordinal))
                    continue;

                // As a range that allows one version: [10.0.12, 10.0.12].
                yield return Found(folders, name, download.GetProperty("version").GetString()!.Trim('[', ']').Split(',')[0], []);
            }
        }
    }

    private static Package Found(string[] folders, string name, string version, IReadOnlyList<string> needs)
    {
        var id = name.ToLowerInvariant();
        var folder = folders.Select(root => Path.Combine(root, id, version)).FirstOrDefault(Directory.Exists)
            ?? throw new DirectoryNotFoundException($"{name} {version} is in none of {string.Join(", ", folders)}: restore first.");
        var hash = Convert.FromBase64String(File.ReadAllText(Path.Combine(folder, $"{id}.{version}.nupkg.sha512")));
        return new Package(name, version, hash, Licence.Of(Path.Combine(folder, $"{id}.nuspec")), needs, folder);
    }
}
