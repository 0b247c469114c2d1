using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Images;

/// podman with the storage that docker/build.sh --stand-ins fills.
internal static class Podman
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly string Storage = Path.Combine(Artifacts.RepositoryRoot(), "artifacts", "containers");

    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["CONTAINERS_CONF"] = Path.Combine(Artifacts.RepositoryRoot(), "tests", "Sidecar.Docker.Tests", "containers.conf"),
        ["HOME"] = Path.GetTempPath(),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// Skips the test where the images were not built, or can't be run.
    public static void Need()
    {
        foreach (var program in (string[])["podman", "runc", "buildah"])
        {
            if (!((string[])["/usr/bin", "/usr/sbin", "/usr/local/bin"]).Any(folder => File.Exists(Path.Combine(folder, program))))
                Assert.Skip($"{program} is not on this machine: ./test.sh installs it");
        }

        if (!Directory.Exists(Path.Combine(Storage, "root")))
            Assert.Skip("there are no images: docker/build.sh --stand-ins makes them, and ./test.sh runs it");
    }

    /// Runs it to its end: what it wrote on stdout and on stderr.
    public static async Task<Said> RunAsync(params string[] arguments)
    {
        string[] all = ["--root", Path.Combine(Storage, "root"), "--runroot", Path.Combine(Storage, "run"), "--log-level", "fatal", .. arguments];
        await using var podman = ChildProcess.Start("podman", all, Settings);
        var code = await podman.WaitForExitAsync(Patience, Cancellation);
        return new Said(code, string.Join('\n', podman.Output), string.Join('\n', podman.Error));
    }

    /// The same, where anything but 0 fails the test.
    public static async Task<string> SayAsync(params string[] arguments)
    {
        var said = await RunAsync(arguments);
        Assert.True(said.Code == 0, $"podman {string.Join(' ', arguments)} ended with {said.Code}:\n{said.Output}\n{said.Error}");
        return said.Output;
    }

    public sealed record Said(int Code, string Output, string Error);
}
