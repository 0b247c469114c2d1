using AdapterBars.Surroundings;
using Sidecar.Testing.Processes;

namespace AdapterBars.Subjects;

/// What orchestrators wait for: the verdict, over many open connections, while probes hang.
internal static class AnswersSubject
{
    private const int Connections = 1_000;
    private const int PerSecond = 200;

    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(30);

    public static async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        using var hanging = new HangingServer();
        await using var adapter = await AdapterUnderTest.StartAsync(
            [.. AdapterUnderTest.Many(3, $"http://127.0.0.1:{hanging.Port}/", ("INTERVAL", "1s"), ("TIMEOUT", "1s"))]);
        await AdapterUnderTest.UntilAsync(adapter, 6, TimeSpan.FromSeconds(30), "timeout");
        var load = new OpenLoop(adapter.AdminAddress.Port, "/health", Connections, PerSecond);
        load.Run(TimeSpan.FromSeconds(5));

        foreach (var figure in Measure(load, adapter.Process, name, "on idle cores", 5, 0.25))
            yield return figure;

        // A page of a few bytes, for comparison: what a server in Go takes on this machine.
        await using var blackbox = await Blackbox.StartAsync();
        foreach (var figure in Measure(new OpenLoop(blackbox.Port, "/-/healthy", Connections, PerSecond), blackbox.Process, name, "of blackbox_exporter's /-/healthy, on idle cores"))
            yield return figure;

        var busy = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => ChildProcess.Start("/bin/sh", ["-c", "while :; do :; done"])).ToArray();
        try
        {
            foreach (var figure in Measure(load, adapter.Process, name, "with every core busy", 20, 0.25))
                yield return figure;
        }
        finally
        {
            foreach (var process in busy)
                await process.DisposeAsync();
        }
    }

    private static IEnumerable<Figure> Measure(OpenLoop load, ChildProcess asked, string name, string where, double? bar = null, double? cpuBar = null)
    {
        var cpu = asked.ReadUsage().Cpu;
        var (times, isFavoured) = load.Run(Measured);
        var spent = asked.ReadUsage().Cpu - cpu;
        var when = isFavoured ? where : $"{where}, asked by threads that had to wait too";
        return
        [
            new Figure(name, $"p50 {when}", times[times.Length / 2], "ms"),
            new Figure(name, $"p99 {when}", times[times.Length * 99 / 100], "ms", bar),
            new Figure(name, $"slowest {when}", times[^1], "ms"),
            new Figure(name, $"CPU of 10,000 answers {where}", spent.TotalSeconds / times.Length * 10_000, "s", cpuBar),
        ];
    }
}
