using System.Globalization;
using AdapterBars.Surroundings;

namespace AdapterBars.Subjects;

/// What is left in memory of many bodies: is it flat?
internal sealed record BodiesSubject(string Path, int Probes, int Count)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    public async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        await using var nginx = await Nginx.StartAsync();
        await using var adapter = await AdapterUnderTest.StartAsync(
            [.. AdapterUnderTest.Many(Probes, $"http://127.0.0.1:{nginx.Port}{Path}", ("INTERVAL", "100ms"), ("TIMEOUT", "100ms"), ("TEXT", "hello"))]);
        double highest = 0;
        using var over = new CancellationTokenSource();
        var watching = WatchAsync();
        foreach (var part in (double[])[0.1, 0.5, 1])
        {
            var count = (long)(Count * part);
            await AdapterUnderTest.UntilAsync(adapter, count, Patience);
            yield return new Figure(name, string.Create(CultureInfo.InvariantCulture, $"RSS after {count:N0}"), adapter.ReadUsage().ResidentBytes / 1e6, "MB", 62);
        }
        await over.CancelAsync();
        await watching;
        yield return new Figure(name, "highest RSS", highest, "MB", 62);
        yield return new Figure(name, "answers that were no pass within 100 ms", Count - Math.Min(Count, await AdapterUnderTest.AnswersAsync(adapter, "pass")), "");

        async Task WatchAsync()
        {
            while (!over.IsCancellationRequested)
            {
                highest = Math.Max(highest, adapter.ReadUsage().ResidentBytes / 1e6);
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
