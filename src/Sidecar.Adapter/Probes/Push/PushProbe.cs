using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Push;

/// Passes while the app says of itself that it is well, and said so recently enough.
/// <param name="maxAge">Null for a report that holds until the next one.</param>
internal sealed class PushProbe(PushBox box, TimeSpan? maxAge, NotifySocket? socket, TimeProvider time) : IProbe, IDisposable
{
    public Task<ProbeResult> AskAsync(CancellationToken timeout) => Task.FromResult(Look());

    public void Dispose() => socket?.Dispose();

    private ProbeResult Look()
    {
        if (socket?.Open() is { } trouble)
            return ProbeResult.Unknown(trouble);

        if (box.Last is not { } last)
            return ProbeResult.Unknown("nothing was reported yet");

        var age = time.GetElapsedTime(last.ReceivedAt);
        if (age > maxAge)
            return ProbeResult.Failed($"the last report is {age.TotalSeconds:0}s old, expected within {ValueForms.Show(maxAge.Value)}");

        return new ProbeResult(last.Answer, last.Text.Length > 0 ? last.Text : $"reported {age.TotalSeconds:0.0}s ago");
    }
}
