using System.Globalization;
using System.Text.Json;

namespace Sidecar.Docker.Tests.Images;

/// One of our images: its agent, the base that it stands on, and the memory that it promises to live with.
internal sealed record Image(string Name, string Agent, string Base, int LimitMebibytes, IReadOnlyDictionary<string, string> Settings)
{
    // What docker/build.sh gives the newest, whatever its version is.
    private const string Tag = "local";

    private static readonly Dictionary<string, string> AdapterSettings = new(StringComparer.Ordinal) { ["ADAPTER_PROBE_LOG"] = "file:/var/log/app/*" };

    private static readonly Image[] Known =
    [
        new("sidecar-logs", "sidecar-logs", "10.0-noble-chiseled", 64, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LOGS_PATHS"] = "/var/log/app/*.log", ["LOGS_DESTINATION"] = "stdout", ["LOGS_QUIET_PERIOD"] = "500ms",
        }),
        new("sidecar-ambassador", "sidecar-ambassador", "10.0-noble-chiseled", 96, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AMBASSADOR_ROUTE_DB"] = "tcp://127.0.0.1:5433", ["AMBASSADOR_ROUTE_DB_LISTEN"] = "5432",
        }),
        new("sidecar-adapter", "sidecar-adapter", "10.0-noble-chiseled", 64, AdapterSettings),
        new("sidecar-adapter-shell", "sidecar-adapter", "10.0-noble", 64, AdapterSettings),
    ];

    public static TheoryData<string> All => [.. Known.Select(image => image.Name)];

    public string Program => "/" + Agent;

    public string Reference => Name.EndsWith("-shell", StringComparison.Ordinal) ? $"localhost/{Agent}:{Tag}-shell" : $"localhost/{Agent}:{Tag}";

    public static string Demo => $"localhost/sidecars-demo:{Tag}";

    private string BaseReference => $"mcr.microsoft.com/dotnet/runtime-deps:{Base}";

    public static Image Named(string name) => Known.Single(image => image.Name == name);

    /// What stands in the image of how it is run: Config, and beside it Healthcheck.
    public async Task<JsonElement> InspectAsync()
    {
        using var document = JsonDocument.Parse(await Podman.SayAsync("image", "inspect", Reference));
        return document.RootElement[0].Clone();
    }

    /// The bytes of its layers without those of the base, unpacked.
    public async Task<long> OwnBytesAsync() => await SizeAsync(Reference) - await SizeAsync(BaseReference);

    /// Its own files, and those of folders that only it has, by their path in the image.
    public async Task<IReadOnlyDictionary<string, FileSystemInfo>> OwnFilesAsync()
    {
        var mounted = (await Podman.SayAsync("image", "mount", Reference)).Trim();
        var below = (await Podman.SayAsync("image", "mount", BaseReference)).Trim();
        try
        {
            return new DirectoryInfo(mounted).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
                .Select(file => (Path: file.FullName[mounted.Length..], File: file))
                .Where(entry => !Path.Exists(below + entry.Path))
                .ToDictionary(entry => entry.Path, entry => Loaded(entry.File), StringComparer.Ordinal);
        }
        finally
        {
            await Podman.SayAsync("image", "unmount", Reference);
            await Podman.SayAsync("image", "unmount", BaseReference);
        }
    }

    public async Task<string> ReadAsync(string path)
    {
        var mounted = (await Podman.SayAsync("image", "mount", Reference)).Trim();
        try
        {
            return await File.ReadAllTextAsync(mounted + path, TestContext.Current.CancellationToken);
        }
        finally
        {
            await Podman.SayAsync("image", "unmount", Reference);
        }
    }

    // Its attributes are read when they are asked for the first time, when it may be no longer mounted.
    private static FileSystemInfo Loaded(FileSystemInfo file)
    {
        file.Refresh();
        _ = file.UnixFileMode;
        return file;
    }

    private static async Task<long> SizeAsync(string reference) =>
        long.Parse(await Podman.SayAsync("image", "inspect", "--format", "{{.Size}}", reference), CultureInfo.InvariantCulture);
}
