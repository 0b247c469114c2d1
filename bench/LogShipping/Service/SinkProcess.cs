using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace LogShipping.Service;

/// The sink as the measuring process sees it.
internal sealed class SinkProcess : IAsyncDisposable
{
    private readonly ChildProcess _child;
    private readonly TempVolume _volume;

    private SinkProcess(ChildProcess child, TempVolume volume, string? bundle)
    {
        (_child, _volume, Bundle) = (child, volume, bundle);
    }

    public Uri Url => new(_child.Output[0]);

    /// Null without TLS.
    public string? Bundle { get; }

    public SinkCounters Counters => _child.HasExited
        ? throw new InvalidOperationException("the sink has ended:\n" + string.Join('\n', _child.Error))
        : _child.Output is [_, .., var last] ? new SinkCounters(last) : new SinkCounters();

    public static async Task<SinkProcess> StartAsync(bool isSecure)
    {
        var volume = new TempVolume();
        var bundle = isSecure ? volume.PathOf("authority.pem") : null;
        var child = ChildProcess.Start(Environment.ProcessPath!, ["sink", .. bundle is null ? Array.Empty<string>() : [bundle]]);
        var sink = new SinkProcess(child, volume, bundle);
        await Eventually.TrueAsync(() => child.Output.Count > 0);
        return sink;
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        _volume.Dispose();
    }
}
