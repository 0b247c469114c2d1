using System.Globalization;
using Sidecar.Testing;

namespace LogShipping.Subjects;

/// How long after a line was written the request that carries it has arrived.
internal sealed record LatencySubject(string Name, string Multiline, double MedianBar, double Percentile99Bar)
{
    private const int Lines = 600;

    public static string Line(int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} INFO line {number} sent={TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()} \n");

    public async Task<IReadOnlyList<Figure>> MeasureAsync(bool isSecure)
    {
        await using var agent = await AgentUnderTest.PrepareAsync(isSecure);
        agent.Settings["LOGS_MULTILINE"] = Multiline;
        var log = agent.Log("app.log");
        await File.WriteAllTextAsync(log, "the first line\n");
        agent.Start();
        await Eventually.TrueAsync(() => agent.Sink.Counters.Events > 0);

        var random = new Random(1);
        for (var i = 0; i < Lines; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 200)), TimeProvider.System);
            await File.AppendAllTextAsync(log, Line(i));
        }

        var taken = await Eventually.MatchAsync(() => agent.Sink.Counters, counters => counters.Timed == Lines);
        await agent.StopAsync();
        return
        [
            new Figure(Name, "write to request, p50", taken.Median.TotalSeconds, "s", MedianBar),
            new Figure(Name, "write to request, p99", taken.Percentile99.TotalSeconds, "s", Percentile99Bar),
        ];
    }
}
