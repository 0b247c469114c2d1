using System.Security.Cryptography;
using System.Text.Json;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Images;

/// The images, built from their Dockerfiles and run.
public sealed class ImageTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public ImageTests() => Podman.Need();

    public static TheoryData<string> Everyone => Image.All;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task It_runs_without_rights_on_a_read_only_root_within_its_memory_and_ends_with_0_when_asked(string name)
    {
        await using var container = await RunningContainer.StartAsync(Image.Named(name), AppLog.Folder(_volume, ""));

        Assert.Equal(0, (await Podman.RunAsync("healthcheck", "run", container.Name)).Code);
        var status = await File.ReadAllLinesAsync($"/proc/{await container.ProcessIdAsync()}/status", Cancellation);
        Assert.Contains("CapEff:\t0000000000000000", status);
        Assert.Contains("Uid:\t1654\t1654\t1654\t1654", status);
        Assert.All(await container.LogAsync(), line => Assert.Equal('{', line[0]));

        Assert.Equal(0, await container.StopAsync());
        Assert.Equal("false", await container.InspectAsync("{{.State.OOMKilled}}"));
    }

    [Theory]
    [InlineData("sidecar-ambassador")]
    [InlineData("sidecar-adapter")]
    public async Task It_runs_as_whatever_user_the_platform_chooses(string name)
    {
        await using var container = await RunningContainer.StartAsync(Image.Named(name), AppLog.Folder(_volume, ""), "--user", "4711:4711");

        Assert.Equal(0, (await container.CommandAsync("probe", "live")).Code);
        Assert.Equal(0, await container.StopAsync());
    }

    [Fact]
    public async Task A_line_of_the_apps_is_shipped_once_also_by_the_next_container_with_the_same_volume()
    {
        var (image, folder, state) = (Image.Named("sidecar-logs"), AppLog.Folder(_volume, "one\n"), $"sidecars-{Guid.NewGuid():N}");
        try
        {
            await using (var first = await RunningContainer.StartAsync(image, folder, "--volume", $"{state}:/var/lib/sidecar-logs"))
            {
                await Eventually.TrueAsync(async () => (await first.LogAsync()).Contains("one"), cancellation: Cancellation);
                Assert.Equal(0, await first.StopAsync());
            }
            AppLog.Append(_volume, "two\n");
            await using var second = await RunningContainer.StartAsync(image, folder, "--volume", $"{state}:/var/lib/sidecar-logs");

            await Eventually.TrueAsync(async () => (await second.LogAsync()).Contains("two"), cancellation: Cancellation);

            Assert.DoesNotContain("one", await second.LogAsync());
        }
        finally
        {
            await Podman.RunAsync("volume", "rm", "--force", state);
        }
    }

    [Theory]
    [InlineData("Europe/Berlin", 0)]
    [InlineData("Mars/Olympus", 64)]
    public async Task Its_logs_know_the_time_zones(string zone, int code)
    {
        var image = Image.Named("sidecar-logs");

        var said = await Podman.RunAsync(
            "run", "--rm", "--network", "none", "--env", "LOGS_PATHS=/var/log/app/*.log", "--env", "LOGS_DESTINATION=stdout", "--env", $"LOGS_TIMEZONE={zone}", image.Reference, "check");

        Assert.True(said.Code == code, said.Output + said.Error);
    }

    [Theory]
    [InlineData("sidecar-adapter-shell", 0)]
    [InlineData("sidecar-adapter", 1)]
    public async Task A_probe_that_is_a_script_needs_the_image_with_a_shell(string name, int code)
    {
        var image = Image.Named(name);
        var script = new Dictionary<string, string>(StringComparer.Ordinal) { ["ADAPTER_PROBE_SCRIPT"] = """exec:["/bin/sh","-c","test 1 -lt 2"]""" };
        await using var container = await RunningContainer.StartAsync(image with { Settings = script }, AppLog.Folder(_volume, ""));

        await Eventually.TrueAsync(async () => (await container.CommandAsync("health", "ready")).Code == code, cancellation: Cancellation);

        Assert.Equal(0, (await container.CommandAsync("probe", "ready")).Code);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task It_says_what_it_is_who_it_runs_as_and_how_it_is_asked(string name)
    {
        var image = Image.Named(name);

        var stated = await image.InspectAsync();

        var config = stated.GetProperty("Config");
        var labels = config.GetProperty("Labels");
        Assert.Equal(image.Agent, labels.GetProperty("org.opencontainers.image.title").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", labels.GetProperty("org.opencontainers.image.version").GetString());
        Assert.Equal("Apache-2.0", labels.GetProperty("org.opencontainers.image.licenses").GetString());
        // kubelet's runAsNonRoot takes a number only.
        Assert.Equal("1654:1654", config.GetProperty("User").GetString());
        Assert.Equal([image.Program], Words(config.GetProperty("Entrypoint")));
        Assert.Equal(["CMD", image.Program, "probe", "live"], Words(stated.GetProperty("Healthcheck").GetProperty("Test")));
        Assert.Contains("DOTNET_GCgen0size=100000", Words(config.GetProperty("Env")));
        Assert.Equal(image.Agent == "sidecar-logs", config.TryGetProperty("Volumes", out var volumes) && volumes.TryGetProperty("/var/lib/sidecar-logs", out _));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task It_adds_to_its_base_the_program_its_licences_its_list_and_nothing_that_can_be_written_to(string name)
    {
        var image = Image.Named(name);

        var files = await image.OwnFilesAsync();

        string[] expected = [image.Program, $"/usr/share/doc/{image.Agent}/LICENSE", $"/usr/share/doc/{image.Agent}/THIRD-PARTY-NOTICES.gz", $"/usr/share/sbom/{image.Agent}.cdx.json"];
        var added = files.Where(file => file.Value is FileInfo && !file.Key.StartsWith("/usr/share/zoneinfo/", StringComparison.Ordinal));
        Assert.Equal(expected.Order(StringComparer.Ordinal), added.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.Equal(image.Agent == "sidecar-logs", files.ContainsKey("/usr/share/zoneinfo/Europe/Berlin"));
        const UnixFileMode others = UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
        Assert.All(files, file => Assert.True(file.Value.LinkTarget is not null || (file.Value.UnixFileMode & others) == UnixFileMode.None, file.Key));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task It_lists_what_it_is_made_of_with_the_hashes_of_the_packages(string name)
    {
        var image = Image.Named(name);

        using var list = JsonDocument.Parse(await image.ReadAsync($"/usr/share/sbom/{image.Agent}.cdx.json"));

        Assert.Equal(("CycloneDX", image.Agent), (list.RootElement.GetProperty("bomFormat").GetString(), list.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString()));
        var components = list.RootElement.GetProperty("components").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!, StringComparer.Ordinal);
        Assert.Contains("Microsoft.NETCore.App.Runtime.linux-x64", components);
        Assert.Contains("Polly.Core", components);
        Assert.Equal(image.Agent == "sidecar-logs", components.ContainsKey("AWSSDK.Core"));
        // Referenced by file, and so in no lock file.
        Assert.Equal(image.Agent == "sidecar-ambassador", components.ContainsKey("Yarp.ReverseProxy"));
        Assert.DoesNotContain(components.Keys, package => package.Contains("Analyzer", StringComparison.Ordinal));
        var packages = PackagesFolder(image);
        Assert.All(components.Values, component => Assert.Equal(HashOf(packages, component), component.GetProperty("hashes")[0].GetProperty("content").GetString()));
    }

    private static string HashOf(string packages, JsonElement component)
    {
        var (id, version) = (component.GetProperty("name").GetString()!.ToLowerInvariant(), component.GetProperty("version").GetString()!);
        return Convert.ToHexStringLower(SHA512.HashData(File.ReadAllBytes(Path.Combine(packages, id, version, $"{id}.{version}.nupkg"))));
    }

    private static string PackagesFolder(Image image)
    {
        var project = image.Agent switch { "sidecar-logs" => "Sidecar.Logs", "sidecar-ambassador" => "Sidecar.Ambassador", _ => "Sidecar.Adapter" };
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot(), "artifacts", ".build", "obj", project, "project.assets.json")));
        return assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
    }

    private static string[] Words(JsonElement list) => [.. list.EnumerateArray().Select(word => word.GetString()!)];
}
