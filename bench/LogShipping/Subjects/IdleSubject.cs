using Sidecar.Testing;

namespace LogShipping.Subjects;

/// What the agent costs that has shipped what there was and waits.
internal sealed record IdleSubject(string Name, int Files, double ResidentBar, double? DirtyBar, double CpuBar)
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<Figure>> MeasureAsync(bool isSecure)
    {
        await using var agent = await AgentUnderTest.PrepareAsync(isSecure);
        for (var i = 0; i < Files; i++)
            await File.WriteAllTextAsync(agent.Log($"app-{i}.log"), "2026-01-02T03:04:05Z INFO one line\n");
        agent.Start();
        await Eventually.TrueAsync(() => agent.Sink.Counters.Events >= Files, TimeSpan.FromMinutes(2));
        await Task.Delay(Settle, TimeProvider.System);

        var (started, cpu) = (TimeProvider.System.GetTimestamp(), agent.Cpu);
        await Task.Delay(Measured, TimeProvider.System);
        var share = (agent.Cpu - cpu) / TimeProvider.System.GetElapsedTime(started);
        var usage = agent.Usage;
        await agent.StopAsync();

        return
        [
            new Figure(Name, "RSS", usage.ResidentBytes / 1e6, "MB", ResidentBar),
            new Figure(Name, "private dirty", usage.PrivateDirtyBytes / 1e6, "MB", DirtyBar),
            new Figure(Name, "CPU, of a core", share * 100, "%", CpuBar),
        ];
    }
}
