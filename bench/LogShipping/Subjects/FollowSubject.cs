using LogShipping.Lines;

namespace LogShipping.Subjects;

/// What following a busy log costs once the agent has settled.
internal static class FollowSubject
{
    private const int LinesPerSecond = 5_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string name, bool isSecure)
    {
        await using var agent = await AgentUnderTest.PrepareAsync(isSecure);
        agent.Start();
        using var stopping = new CancellationTokenSource();
        var writer = new SteadyWriter(agent.Log("app.log"), LinesPerSecond);
        var writing = writer.RunAsync(stopping.Token);
        await Task.Delay(WarmUp, TimeProvider.System);

        var (started, cpu) = (TimeProvider.System.GetTimestamp(), agent.Cpu);
        await Task.Delay(Measured, TimeProvider.System);
        var share = (agent.Cpu - cpu) / TimeProvider.System.GetElapsedTime(started);
        var usage = agent.Usage;
        await stopping.CancelAsync();
        await writing;
        await agent.StopAsync();

        return
        [
            new Figure(name, "CPU, of a core", share * 100, "%", Bar: 10),
            new Figure(name, "RSS", usage.ResidentBytes / 1e6, "MB"),
            new Figure(name, "events too many or too few", Math.Abs(agent.Sink.Counters.Events - writer.Written), "", Bar: 0),
        ];
    }
}
