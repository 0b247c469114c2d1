namespace Sidecar.Adapter.Probes;

/// A number that an answer brought along, for the metrics: a certificate's remaining life, a plugin's performance data.
internal readonly record struct Measure(string Name, double Value);
