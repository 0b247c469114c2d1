using System.Globalization;
using LogShipping.Service;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace LogShipping.Subjects;

/// The published agent with the image's environment, its sink, and the volume that it reads.
internal sealed class AgentUnderTest : IAsyncDisposable
{
    private SidecarProcess? _agent;

    private AgentUnderTest(SinkProcess sink)
    {
        Sink = sink;
        Settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LOGS_PATHS"] = Volume.PathOf("logs/**/*.log"),
            ["LOGS_STATE_DIR"] = Volume.Folder("state"),
            ["LOGS_GROUP"] = "/bench/logs",
            ["AWS_REGION"] = "eu-west-1",
            ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE",
            ["AWS_SECRET_ACCESS_KEY"] = "secret",
            ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = sink.Url.ToString(),
            ["DOTNET_GCgen0size"] = "100000",
        };
        if (sink.Bundle is { } bundle)
            Settings["AWS_CA_BUNDLE"] = bundle;
        Volume.Folder("logs");
    }

    public TempVolume Volume { get; } = new();

    public SinkProcess Sink { get; }

    public Dictionary<string, string> Settings { get; }

    /// User and system time since its start.
    public TimeSpan Cpu => Running.ReadUsage().Cpu;

    public ProcessUsage Usage => Running.ReadUsage();

    public long PeakResidentBytes => PeakOf(Running.Id);

    private SidecarProcess Running => _agent is { Process.HasExited: false }
        ? _agent
        : throw new InvalidOperationException("the agent does not run:\n" + _agent?.Process.Transcript);

    public static async Task<AgentUnderTest> PrepareAsync(bool isSecure) => new(await SinkProcess.StartAsync(isSecure));

    public static long PeakOf(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(one => one.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmHWM:".Length, line.Length - "VmHWM:".Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }

    public string Log(string name)
    {
        var path = Volume.PathOf(Path.Combine("logs", name));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    public void Start() => _agent = SidecarProcess.Start("sidecar-logs", Settings);

    /// Drains it; what it says is thrown when it does not end well.
    public async Task StopAsync()
    {
        Running.Terminate();
        if (await _agent!.WaitForExitAsync(TimeSpan.FromMinutes(1)) != 0)
            throw new InvalidOperationException(_agent.Process.Transcript);
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null)
            await _agent.DisposeAsync();
        await Sink.DisposeAsync();
        Volume.Dispose();
    }
}
