using System.Globalization;
using System.Text.RegularExpressions;
using AdapterBars.Surroundings;
using Sidecar.Testing.Processes;

namespace AdapterBars.Subjects;

/// From exec to the first 200 about the app, and the CPU of the commands that health checks run.
internal static partial class StartSubject
{
    private const int Starts = 15;
    private const int Runs = 20;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    public static async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        var settings = AdapterUnderTest.Settings(("ADAPTER_PROBE_HOST", "file:/etc/hostname"));
        var (ready, cpu) = (new List<double>(), new List<double>());
        for (var start = 0; start < Starts; start++)
        {
            var started = TimeProvider.System.GetTimestamp();
            await using var adapter = SidecarProcess.Start("sidecar-adapter", settings);
            await UntilReadyAsync(adapter);
            ready.Add(TimeProvider.System.GetElapsedTime(started).TotalSeconds);
            cpu.Add(adapter.ReadUsage().Cpu.TotalMilliseconds);
        }
        ready.Sort();
        cpu.Sort();
        yield return new Figure(name, "exec to the first 200 of /health/ready, median", ready[Starts / 2], "s", 0.25);
        yield return new Figure(name, "the slowest", ready[^1], "s");
        yield return new Figure(name, "CPU until then, median", cpu[Starts / 2], "ms");

        await using var running = await SidecarProcess.StartReadyAsync("sidecar-adapter", settings, CancellationToken.None);
        yield return new Figure(name, "CPU of `probe ready`", await CpuOfAsync(running, "probe ready"), "ms", 80);
        yield return new Figure(name, "CPU of `health live`", await CpuOfAsync(running, "health live"), "ms", 60);
    }

    // The shell adds up what its children took.
    private static async Task<double> CpuOfAsync(SidecarProcess adapter, string command)
    {
        var settings = AdapterUnderTest.Settings(
            ("ADAPTER_PROBE_HOST", "file:/etc/hostname"),
            ("SIDECAR_ADMIN_LISTEN", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{adapter.AdminAddress.Port}")));
        await using var shell = ChildProcess.Start(
            "/bin/bash", ["-c", $"for i in $(seq {Runs}); do \"$0\" {command} > /dev/null || exit 1; done; times", Artifacts.ProgramOf("sidecar-adapter")], settings);
        if (await shell.WaitForExitAsync() != 0)
            throw new InvalidOperationException(shell.Transcript);

        return Clock().Matches(shell.Output[^1])
            .Sum(match => (double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * 60) + double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)) * 1000 / Runs;
    }

    private static async Task UntilReadyAsync(SidecarProcess adapter)
    {
        var request = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();
        while (!adapter.Process.HasExited)
        {
            try
            {
                using var connection = new KeptConnection(adapter.AdminAddress.Port);
                if (connection.Ask(request) == 200)
                    return;
            }
            catch (Exception notYet) when (notYet is System.Net.Sockets.SocketException or IOException)
            {
                // Not listening yet.
            }
            await Task.Delay(Look, TimeProvider.System);
        }
        throw new InvalidOperationException($"It ended. It said:\n{adapter.Process.Transcript}");
    }

    [GeneratedRegex(@"(\d+)m([\d.]+)s")]
    private static partial Regex Clock();
}
