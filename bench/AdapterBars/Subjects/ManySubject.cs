using AdapterBars.Surroundings;

namespace AdapterBars.Subjects;

/// Many probes at once, each the dearest that does no TLS.
internal static class ManySubject
{
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(30);

    public static async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        await using var nginx = await Nginx.StartAsync();
        await using var adapter = await AdapterUnderTest.StartAsync(
        [
            .. AdapterUnderTest.Many(50, $"http://127.0.0.1:{nginx.Port}/", ("INTERVAL", "1s")),
        ]);
        await AdapterUnderTest.UntilAsync(adapter, 500, TimeSpan.FromSeconds(30), "pass");

        var (started, cpu) = (TimeProvider.System.GetTimestamp(), adapter.ReadUsage().Cpu);
        await Task.Delay(Measured, TimeProvider.System);

        yield return new Figure(
            name, "CPU of 50 HTTP probes every second, of a core",
            (adapter.ReadUsage().Cpu - cpu) / TimeProvider.System.GetElapsedTime(started) * 100, "%", 2);
    }
}
