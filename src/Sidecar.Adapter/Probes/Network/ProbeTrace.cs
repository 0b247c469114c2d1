using System.Diagnostics;

namespace Sidecar.Adapter.Probes.Network;

/// The trace (W3C) that one question begins: an app that logs the trace of a request leads from a miss to what it said of it.
internal readonly record struct ProbeTrace(string Id)
{
    public const string Header = "traceparent";

    /// Not sampled: questions come all day, and would fill whatever keeps spans.
    public string Parent => $"00-{Id}-{ActivitySpanId.CreateRandom().ToHexString()}-00";

    public static ProbeTrace Begin() => new(ActivityTraceId.CreateRandom().ToHexString());
}
