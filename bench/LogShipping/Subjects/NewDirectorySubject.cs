using System.Globalization;
using Sidecar.Testing;

namespace LogShipping.Subjects;

/// How long the first line of a new file in a new directory takes to arrive.
internal static class NewDirectorySubject
{
    private const int Directories = 20;

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string name, bool isSecure)
    {
        await using var agent = await AgentUnderTest.PrepareAsync(isSecure);
        await File.WriteAllTextAsync(agent.Log("app.log"), "the first line\n");
        agent.Start();
        await Eventually.TrueAsync(() => agent.Sink.Counters.Events > 0);

        var random = new Random(1);
        for (var i = 0; i < Directories; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 2500)), TimeProvider.System);
            await File.WriteAllTextAsync(agent.Log(string.Create(CultureInfo.InvariantCulture, $"tenant-{i}/service/app.log")), LatencySubject.Line(i));
        }

        var taken = await Eventually.MatchAsync(() => agent.Sink.Counters, counters => counters.Timed == Directories);
        await agent.StopAsync();
        return [new Figure(name, "first line out, the slowest of 20", taken.Longest.TotalSeconds, "s", Bar: 2)];
    }
}
