using System.Globalization;
using AdapterBars.Surroundings;
using Sidecar.Hosting.ProcFs;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace AdapterBars.Subjects;

/// What commands that time out leave behind, each with grandchildren that ran away, while the adapter is process 1.
internal static class CommandsSubject
{
    private const int TimedOut = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        using var volume = new TempVolume();
        // One hides what it was started with, one runs away twice, one stays.
        volume.Write("fork", $"[ ! -e {volume.PathOf("over")} ] || exit 0\n(env -i /usr/bin/setsid /bin/sleep 1000 &)\n(setsid sh -c 'sleep 1000 & sleep 1000' &)\nsleep 1000\n");
        var port = FreePort.Next();
        var settings = AdapterUnderTest.Settings(
        [
            .. AdapterUnderTest.Many(10, $"exec:/bin/sh {volume.PathOf("fork")}", ("INTERVAL", "500ms"), ("TIMEOUT", "300ms")),
            ("SIDECAR_ADMIN_LISTEN", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")), ("SIDECAR_LOG_LEVEL", "error"),
        ]);
        await using var space = ChildProcess.Start("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", Artifacts.ProgramOf("sidecar-adapter")], settings);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Eventually.TrueAsync(() => Nginx.AcceptsAsync(port));
        var started = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync(async () => await TimeOutsAsync(client) >= TimedOut, Patience);
        var took = TimeProvider.System.GetElapsedTime(started);
        volume.Write("over", "");
        var reached = await TimeOutsAsync(client);
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);

        // A command that just looks whether it is over may be under way.
        var details = new ProcessDetails();
        var left = Below(space.Id).Where(stat => details.Age(stat.Identity) > TimeSpan.FromSeconds(2)).ToArray();
        yield return new Figure(name, string.Create(CultureInfo.InvariantCulture, $"processes left after {reached:N0} in {took.TotalSeconds:0} s"), left.Count(stat => !stat.HasEnded), "", 0);
        yield return new Figure(name, "zombies", left.Count(stat => stat.HasEnded), "", 0);
    }

    private static async Task<long> TimeOutsAsync(HttpClient client)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        var metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return metrics.Split('\n')
            .Where(line => line.StartsWith("sidecar_adapter_probe_runs_total{outcome=\"timeout\"", StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    // All but unshare's one child, which is the adapter.
    private static IEnumerable<ProcessStat> Below(int pid)
    {
        var all = new ProcessTable().All().ToDictionary(stat => stat.Pid);
        return all.Values.Where(stat => stat.ParentPid != pid && Descends(stat));

        bool Descends(ProcessStat stat)
        {
            for (var steps = 0; steps < all.Count && stat.ParentPid != pid; steps++)
            {
                if (!all.TryGetValue(stat.ParentPid, out stat))
                    return false;
            }
            return true;
        }
    }
}
