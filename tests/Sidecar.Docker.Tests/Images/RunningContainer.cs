using System.Globalization;

namespace Sidecar.Docker.Tests.Images;

/// A container as a strict platform runs it: no rights, a root file system that can't be written to, no network, little memory.
internal sealed class RunningContainer : IAsyncDisposable
{
    private readonly string _program;

    private RunningContainer(string name, string program) => (Name, _program) = (name, program);

    public string Name { get; }

    public static async Task<RunningContainer> StartAsync(Image image, string logFolder, params string[] options)
    {
        var name = $"sidecars-{Guid.NewGuid():N}";
        var settings = image.Settings.SelectMany(setting => (string[])["--env", $"{setting.Key}={setting.Value}"]);
        var container = new RunningContainer(name, image.Program);
        try
        {
            await Podman.SayAsync([
                "run", "--detach", "--name", name, "--network", "none", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "ALL",
                "--security-opt", "no-new-privileges", "--memory", string.Create(CultureInfo.InvariantCulture, $"{image.LimitMebibytes}m"),
                "--volume", $"{logFolder}:/var/log/app:ro", .. settings, .. options, image.Reference]);
            Assert.Equal(0, (await container.CommandAsync("wait", "--timeout", "30s")).Code);
            return container;
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    /// A command of its agent, run in it as a hook would.
    public Task<Podman.Said> CommandAsync(params string[] arguments) => Podman.RunAsync(["exec", Name, _program, .. arguments]);

    /// What it wrote, lines on stderr behind those on stdout.
    public async Task<string[]> LogAsync()
    {
        var said = await Podman.RunAsync("logs", Name);
        return $"{said.Output}\n{said.Error}".Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async Task<string> InspectAsync(string format) => (await Podman.SayAsync("inspect", "--format", format, Name)).Trim();

    public async Task<int> ProcessIdAsync() => int.Parse(await InspectAsync("{{.State.Pid}}"), CultureInfo.InvariantCulture);

    /// SIGTERM, and its exit code.
    public async Task<int> StopAsync()
    {
        await Podman.SayAsync("stop", "--time", "30", Name);
        return int.Parse(await InspectAsync("{{.State.ExitCode}}"), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync() => await Podman.RunAsync("rm", "--force", "--volumes", "--time", "0", Name);
}
