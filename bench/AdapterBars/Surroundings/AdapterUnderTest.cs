using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace AdapterBars.Surroundings;

/// The adapter as its image runs it, with the settings of one subject.
internal static class AdapterUnderTest
{
    public static Dictionary<string, string> Settings(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_GCgen0size"] = "100000" };
        foreach (var (name, value) in settings)
            all[name] = value;
        return all;
    }

    /// The same probe many times, under names of its own.
    public static IEnumerable<(string Name, string Value)> Many(int count, string probe, params (string Setting, string Value)[] settings)
    {
        for (var number = 0; number < count; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"ADAPTER_PROBE_P{number}");
            yield return (name, probe);
            foreach (var (setting, value) in settings)
                yield return ($"{name}_{setting}", value);
        }
    }

    public static Task<SidecarProcess> StartAsync(params IEnumerable<(string Name, string Value)> settings) =>
        SidecarProcess.StartReadyAsync("sidecar-adapter", Settings([.. settings]), CancellationToken.None);

    /// How many answers it has had from its probes, by how they ended, or all.
    public static async Task<long> AnswersAsync(SidecarProcess adapter, string outcome = "")
    {
        var (_, metrics) = await adapter.GetAsync("/metrics", CancellationToken.None);
        return metrics.Split('\n')
            .Where(line => line.StartsWith("sidecar_adapter_probe_runs_total", StringComparison.Ordinal) && line.Contains($"outcome=\"{outcome}", StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    public static Task UntilAsync(SidecarProcess adapter, long answers, TimeSpan within, string outcome = "") =>
        Eventually.TrueAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
                return await AnswersAsync(adapter, outcome) >= answers;
            },
            within);

    /// CPU of 10,000 answers, seen over some seconds.
    public static async Task<double> CpuOfTenThousandAsync(SidecarProcess adapter, TimeSpan during)
    {
        var (answers, cpu) = (await AnswersAsync(adapter), adapter.ReadUsage().Cpu);
        await Task.Delay(during, TimeProvider.System);
        var spent = adapter.ReadUsage().Cpu - cpu;
        return spent.TotalSeconds / (await AnswersAsync(adapter) - answers) * 10_000;
    }
}
