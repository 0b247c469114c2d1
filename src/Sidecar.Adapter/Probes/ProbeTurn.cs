namespace Sidecar.Adapter.Probes;

/// A change of what is believed of a probe: when, to what, and what was seen then.
internal sealed record ProbeTurn(DateTimeOffset At, string To, string Reason);
