using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace LogShipping;

/// The published agent, with the image's environment, on a backlog that waits for it.
internal static class AgentRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<Measurement> MeasureAsync(string what, int files, long bytes)
    {
        using var sink = new Sink();
        using var volume = new TempVolume();
        long lines = 0;
        for (var i = 0; i < files; i++)
            lines += Backlog.Write(volume.PathOf($"app-{i}.log"), bytes / files);

        var started = TimeProvider.System.GetTimestamp();
        await using var agent = SidecarProcess.Start("sidecar-logs", EnvironmentOf(sink, volume));
        await Eventually.TrueAsync(() => agent.Process.HasExited || sink.Events >= lines, Patience);
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        if (agent.Process.HasExited)
            throw new InvalidOperationException(agent.Process.Transcript);
        var (cpu, peak) = (agent.ReadUsage().Cpu, Measurement.PeakOf(agent.Id));
        agent.Terminate();
        await agent.WaitForExitAsync();

        if (sink.Events != lines)
            throw new InvalidOperationException($"{lines} lines were written and {sink.Events} shipped");
        return new Measurement(what, lines * (Backlog.LineBytes - 1), elapsed, cpu, peak, sink.Bodies);
    }

    private static Dictionary<string, string> EnvironmentOf(Sink sink, TempVolume volume) => new(StringComparer.Ordinal)
    {
        ["LOGS_PATHS"] = volume.PathOf("*.log"),
        ["LOGS_STATE_DIR"] = volume.Folder("state"),
        ["LOGS_GROUP"] = "/bench/logs",
        ["AWS_REGION"] = "eu-west-1",
        ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE",
        ["AWS_SECRET_ACCESS_KEY"] = "secret",
        ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = sink.Url.ToString(),
        ["DOTNET_GCgen0size"] = "100000",
    };
}
