using System.Globalization;
using System.Net.Sockets;
using Sidecar.Testing.Processes;

namespace Footprint;

/// How an agent starts and what it keeps when it has nothing to do.
internal sealed record Measurement(TimeSpan ReadyAfter, TimeSpan StartCpu, ProcessUsage Idle)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(10);

    public static async Task<Measurement> OfAsync(Agent agent, int starts)
    {
        var clock = TimeProvider.System;
        var (ready, cpu) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 1; ; i++)
        {
            var started = clock.GetTimestamp();
            await using var sidecar = SidecarProcess.Start(agent.Program, agent.Settings);
            await UntilReadyAsync(sidecar);
            ready.Add(clock.GetElapsedTime(started));
            cpu.Add(CpuOf(sidecar.Id));
            if (i < starts)
                continue;

            // Twice: what the agent gave back in between is used again.
            for (var work = 1; work <= 2; work++)
            {
                await agent.WorkAsync(CancellationToken.None);
                await Task.Delay(Settle, clock);
            }

            return new Measurement(Median(ready), Median(cpu), sidecar.ReadUsage());
        }
    }

    // The threads' own clocks count nanoseconds; the process's count hundredths of a second.
    private static TimeSpan CpuOf(int processId) => TimeSpan.FromMicroseconds(
        Directory.EnumerateDirectories($"/proc/{processId}/task")
            .Sum(thread => long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture)) / 1000.0);

    private static TimeSpan Median(List<TimeSpan> values) => values.Order().ElementAt(values.Count / 2);

    // On a bare socket: an HTTP client of ours would use up what is measured.
    private static async Task UntilReadyAsync(SidecarProcess sidecar)
    {
        var request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray();
        var answer = new byte[12];
        while (!sidecar.Process.HasExited)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(sidecar.AdminAddress.Host, sidecar.AdminAddress.Port);
                await client.GetStream().WriteAsync(request);
                await client.GetStream().ReadExactlyAsync(answer);
                if (answer.AsSpan().EndsWith("200"u8))
                    return;
            }
            catch (Exception notYet) when (notYet is SocketException or IOException)
            {
                // Not listening yet.
            }
            await Task.Delay(Look, TimeProvider.System);
        }
        throw new InvalidOperationException($"{sidecar.Process} ended. It said:\n{sidecar.Process.Transcript}");
    }
}
