using System.Text.Json;
using Sidecar.Testing;

namespace Sidecar.Docker.Tests.Release;

/// Nothing is built with a package that the repository does not name by its hash.
public sealed class PackageTests : IDisposable
{
    private const string Bill = "docker/Sbom/packages.lock.json";
    private static readonly string Ambassador = Path.Combine(Tool.Root, "src", "Sidecar.Ambassador");

    private readonly TempVolume _volume = new();
    private readonly Tool _tool;

    public PackageTests() => _tool = new Tool(_volume);

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void Every_project_has_a_lock_file_and_what_is_published_one_for_each_processor()
    {
        var projects = Directory.EnumerateFiles(Tool.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.StartsWith(Path.Combine(Tool.Root, "artifacts"), StringComparison.Ordinal))
            .Select(path => Path.GetDirectoryName(path)!)
            .ToArray();

        Assert.NotEmpty(projects);
        Assert.All(projects, folder => Assert.True(File.Exists(Path.Combine(folder, "packages.lock.json")), folder));
        Assert.All(
            projects.Where(folder => folder.Contains("/src/", StringComparison.Ordinal)),
            folder => Assert.All(["linux-x64", "linux-arm64"], processor => Assert.True(File.Exists(Path.Combine(folder, $"packages.{processor}.lock.json")), folder)));
    }

    [Theory]
    [InlineData("NU1403", "\"contentHash\": \"", "\"contentHash\": \"AAAA")]
    [InlineData("NU1004", "3.0.321", "3.0.320")]
    public async Task A_package_of_another_hash_or_version_than_the_locked_one_is_not_built_with(string expected, string before, string after)
    {
        var sources = _tool.Copy(
            "sources", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "docker/Sbom/Sbom.csproj", Bill);
        var file = Path.Combine(sources, Bill);
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains(before, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(before, after, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var (ended, output) = await _tool.RunAsync(sources, "dotnet", "restore", "docker/Sbom", "-p:RestoreLockedMode=true");

        Assert.Equal(1, ended);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "-p:YarpSha512=Hpi9O1l7DOxJNdoqHrTkvJofR1QBTPmH8PgmPfnaUoiS3GysE0c9y")]
    public async Task The_package_that_no_lock_file_knows_is_held_to_the_hash_that_we_wrote_down(int code, string argument)
    {
        var (ended, output) = await _tool.RunAsync(Ambassador, "dotnet", ["msbuild", "-nologo", "-t:VerifyYarp", .. argument.Length > 0 ? [argument] : Array.Empty<string>()]);

        Assert.True(ended == code, output);
        if (code != 0)
            Assert.Contains("MSB3952", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false", "PackageDownload", "PackageReference")]
    [InlineData("true", "PackageReference", "PackageDownload")]
    public async Task A_full_registry_gives_YARP_as_a_package_like_any_other(string isFull, string asked, string absent)
    {
        var output = await _tool.SayAsync(
            Ambassador, "dotnet", "msbuild", "-nologo", $"-p:FullRegistry={isFull}", "-getItem:PackageReference", "-getItem:PackageDownload", "-getItem:Reference",
            "-getProperty:NuGetLockFilePath");

        using var evaluated = JsonDocument.Parse(output);
        Assert.Contains("Yarp.ReverseProxy", Items(asked));
        Assert.DoesNotContain("Yarp.ReverseProxy", Items(absent));
        Assert.Equal(isFull == "false", Items("Reference").Contains("Yarp.ReverseProxy"));
        // Its graph is another one: the locked one must neither fail it nor be written over.
        Assert.Equal(isFull == "true", evaluated.RootElement.GetProperty("Properties").GetProperty("NuGetLockFilePath").GetString()!.Contains("/obj/", StringComparison.Ordinal));

        string[] Items(string kind) =>
            [.. evaluated.RootElement.GetProperty("Items").GetProperty(kind).EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!)];
    }
}
