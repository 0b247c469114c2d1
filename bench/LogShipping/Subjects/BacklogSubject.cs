using LogShipping.Lines;
using Sidecar.Testing;

namespace LogShipping.Subjects;

/// What shipping a backlog costs that waits when the agent starts: its start is part of it.
internal sealed record BacklogSubject(string Name, Func<Backlog> Lines, long Bytes, int Files, BacklogBars Bars)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(4);

    public async Task<IReadOnlyList<Figure>> MeasureAsync(bool isSecure)
    {
        await using var agent = await AgentUnderTest.PrepareAsync(isSecure);
        long events = 0;
        var lines = Lines();
        for (var i = 0; i < Files; i++)
            events += lines.Write(agent.Log($"app-{i}.log"), Bytes / Files);

        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        agent.Start();
        var (last, lastAt) = (-1L, started);
        await Eventually.TrueAsync(
            () =>
            {
                var seen = agent.Sink.Counters.Events;
                if (seen != last)
                    (last, lastAt) = (seen, clock.GetTimestamp());
                return seen >= events || (seen > 0 && clock.GetElapsedTime(lastAt) > Quiet);
            },
            Patience);
        var elapsed = clock.GetElapsedTime(started, lastAt);
        var (cpu, peak) = (agent.Cpu, agent.PeakResidentBytes);
        await agent.StopAsync();

        var taken = agent.Sink.Counters;
        return
        [
            new Figure(Name, "CPU", cpu.TotalSeconds, "s", Bars.CpuSeconds),
            new Figure(Name, "PutLogEvents", taken.Bodies, "", Bars.Calls),
            new Figure(Name, "peak RSS", peak / 1e6, "MB", Bars.PeakMegabytes),
            new Figure(Name, "events too many or too few", Math.Abs(taken.Events - events), "", Bar: 0),
            new Figure(Name, "rate", Bytes / 1e6 / elapsed.TotalSeconds, "MB/s"),
        ];
    }
}
