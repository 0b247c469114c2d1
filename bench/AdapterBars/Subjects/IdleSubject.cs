using AdapterBars.Surroundings;
using Sidecar.Testing;

namespace AdapterBars.Subjects;

/// Three probes with everything at its default.
internal static class IdleSubject
{
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(17);

    public static async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        await using var nginx = await Nginx.StartAsync();
        using var volume = new TempVolume();
        volume.Write("beat", "");
        await using var adapter = await AdapterUnderTest.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://localhost:{nginx.Port}/"), ("ADAPTER_PROBE_BEAT", $"file:{volume.PathOf("beat")}"), ("ADAPTER_PROBE_SERVER", "process:nginx"));
        await Task.Delay(Early, TimeProvider.System);
        yield return new Figure(name, "RSS 3 s after the start", adapter.ReadUsage().ResidentBytes / 1e6, "MB");

        await Task.Delay(Settle, TimeProvider.System);
        var usage = adapter.ReadUsage();
        yield return new Figure(name, "RSS 20 s after the start", usage.ResidentBytes / 1e6, "MB", 48);
        yield return new Figure(name, "private dirty", usage.PrivateDirtyBytes / 1e6, "MB", 18);
    }
}
