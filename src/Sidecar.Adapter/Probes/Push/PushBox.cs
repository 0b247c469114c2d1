namespace Sidecar.Adapter.Probes.Push;

/// Where the app's last report of itself lies, from whoever brings it to the probe that reads it.
internal sealed class PushBox(TimeProvider time)
{
    private volatile PushReport? _last;

    /// Null until the first.
    public PushReport? Last => _last;

    public void Put(Answer answer, string text) => _last = new PushReport(answer, text, time.GetTimestamp());
}
