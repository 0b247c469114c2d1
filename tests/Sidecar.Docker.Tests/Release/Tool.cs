using System.Text.Json;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Release;

/// A program that builds or releases, run to its end: with a home of its own, and the packages that this suite was built with.
internal sealed class Tool(TempVolume volume)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static string Root { get; } = Artifacts.RepositoryRoot();

    public static string Packages { get; } = PackagesFolder();

    public async Task<(int Code, string Said)> RunAsync(string folder, string program, params string[] arguments)
    {
        var home = volume.Folder("home");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = home,
            ["NUGET_PACKAGES"] = Packages,
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1",
            ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["UseSharedCompilation"] = "false",
            ["GIT_CONFIG_COUNT"] = "3",
            ["GIT_CONFIG_KEY_0"] = "user.name",
            ["GIT_CONFIG_VALUE_0"] = "A tester",
            ["GIT_CONFIG_KEY_1"] = "user.email",
            ["GIT_CONFIG_VALUE_1"] = "tester@example.com",
            ["GIT_CONFIG_KEY_2"] = "init.defaultBranch",
            ["GIT_CONFIG_VALUE_2"] = "main",
        };
        var path = program.Contains('/', StringComparison.Ordinal) ? Path.GetFullPath(program, folder) : program;
        await using var process = ChildProcess.Start(path, arguments, environment, workingDirectory: folder);
        return (await process.WaitForExitAsync(Patience, TestContext.Current.CancellationToken), process.Transcript);
    }

    /// The same, where anything but 0 fails the test.
    public async Task<string> SayAsync(string folder, string program, params string[] arguments)
    {
        var (code, said) = await RunAsync(folder, program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}:\n{said}");
        return said.Trim();
    }

    /// Copies files of the repository to where they can be changed.
    public string Copy(string name, params string[] files)
    {
        var folder = volume.Folder(name);
        foreach (var file in files)
        {
            var copy = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Root, file), copy);
        }

        return folder;
    }

    private static string PackagesFolder()
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "tests", "Sidecar.Docker.Tests", "obj", "project.assets.json")));
        return assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
    }
}
