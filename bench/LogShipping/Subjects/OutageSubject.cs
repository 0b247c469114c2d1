using LogShipping.Lines;
using Sidecar.Testing;

namespace LogShipping.Subjects;

/// Memory while the service is away and the application logs on, and that everything arrives afterwards.
internal static class OutageSubject
{
    private const int LinesPerSecond = 5_000;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(8);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string name, TimeSpan outage, bool isSecure)
    {
        await using var agent = await AgentUnderTest.PrepareAsync(isSecure);
        agent.Start();
        using var stopping = new CancellationTokenSource();
        var writer = new SteadyWriter(agent.Log("app.log"), LinesPerSecond);
        var writing = writer.RunAsync(stopping.Token);
        await Task.Delay(Before, TimeProvider.System);

        var (clock, resident) = (TimeProvider.System, new List<double>());
        agent.Sink.GoDown();
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < outage;)
        {
            resident.Add(agent.Usage.ResidentBytes / 1e6);
            await Task.Delay(TimeSpan.FromSeconds(1), clock);
        }

        agent.Sink.ComeUp();
        await stopping.CancelAsync();
        await writing;
        var upAgain = clock.GetTimestamp();
        await Eventually.TrueAsync(() => agent.Sink.Counters.Events >= writer.Written, TimeSpan.FromMinutes(5));
        var catchUp = clock.GetElapsedTime(upAgain);
        await agent.StopAsync();

        // The first seconds still see what the traffic before needed.
        var third = resident.Count / 3;
        return
        [
            new Figure(name, $"highest RSS within {outage.TotalSeconds:0} s", resident.Max(), "MB", Bar: 80),
            new Figure(name, "RSS of the last third above the first", Math.Max(0, resident[^third..].Average() - resident[..third].Average()), "MB", Bar: 3),
            new Figure(name, "caught up after", catchUp.TotalSeconds, "s"),
            new Figure(name, "events too many or too few", Math.Abs(agent.Sink.Counters.Events - writer.Written), "", Bar: 0),
        ];
    }
}
