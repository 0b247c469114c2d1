using AdapterBars.Surroundings;
using Sidecar.Hosting.ProcFs;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace AdapterBars.Subjects;

/// What looking again at a known process costs: a probe's whole turn, less that of one that looks at nothing.
internal static class ProcessSubject
{
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    public static async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        using var volume = new TempVolume();
        File.Copy("/bin/sleep", volume.PathOf("known-worker"));
        await using var worker = ChildProcess.Start(volume.PathOf("known-worker"), ["600"]);

        var whole = await TurnAsync("process:known-worker");
        var empty = await TurnAsync("push:", ("MAX_AGE", "1h"));

        yield return new Figure(name, "CPU of a turn that looks at a known process", whole, "us");
        yield return new Figure(name, "CPU of a turn that looks at nothing", empty, "us");
        yield return new Figure(name, "CPU of the look", whole - empty, "us", 30);
        yield return new Figure(name, "CPU of the look alone, in a loop", Alone(worker.Id), "us");
    }

    private static async Task<double> TurnAsync(string probe, params (string Setting, string Value)[] settings)
    {
        await using var adapter = await AdapterUnderTest.StartAsync([.. AdapterUnderTest.Many(100, probe, [("INTERVAL", "100ms"), .. settings])]);
        await AdapterUnderTest.UntilAsync(adapter, 2_000, TimeSpan.FromSeconds(30));
        return await AdapterUnderTest.CpuOfTenThousandAsync(adapter, Measured) * 100;
    }

    private static double Alone(int pid)
    {
        const int Looks = 100_000;
        var table = new ProcessTable();
        table.ReadStat(pid, out var stat);
        var before = Environment.CpuUsage.TotalTime;
        for (var look = 0; look < Looks; look++)
        {
            if (table.Check(stat.Identity, out _) != ProcRead.Done)
                throw new InvalidOperationException("The known process is gone.");
        }
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Looks;
    }
}
