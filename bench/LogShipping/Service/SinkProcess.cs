using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace LogShipping.Service;

/// The sink as the measuring process sees it.
internal sealed class SinkProcess : IAsyncDisposable
{
    private readonly ChildProcess _child;
    private readonly TempVolume _volume;

    private SinkProcess(ChildProcess child, TempVolume volume, bool isSecure)
    {
        (_child, _volume) = (child, volume);
        Bundle = isSecure ? volume.PathOf(SinkFolder.Bundle) : null;
    }

    public Uri Url => new(_child.Output[0]);

    /// Null without TLS.
    public string? Bundle { get; }

    public SinkCounters Counters => _child.HasExited
        ? throw new InvalidOperationException("the sink has ended:\n" + string.Join('\n', _child.Error))
        : _child.Output is [_, .., var last] ? SinkCounters.Parse(last) : new SinkCounters();

    public static async Task<SinkProcess> StartAsync(bool isSecure)
    {
        var volume = new TempVolume();
        string[] arguments = ["sink", volume.Root, isSecure ? "tls" : "clear"];
        var sink = new SinkProcess(ChildProcess.Start(Environment.ProcessPath!, arguments), volume, isSecure);
        await Eventually.TrueAsync(() => sink._child.Output.Count > 0);
        return sink;
    }

    /// From now on every call is answered with 503, until it is up again.
    public void GoDown() => _volume.Write(SinkFolder.Down, "");

    public void ComeUp() => File.Delete(_volume.PathOf(SinkFolder.Down));

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        _volume.Dispose();
    }
}
