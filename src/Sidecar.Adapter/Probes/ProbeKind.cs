using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes;

/// A kind of probe: the scheme that names it and how its settings are read. Reading says every fault and returns null for one.
internal sealed record ProbeKind(string Scheme, string Example, Func<NamedThing, BoundSettings, ProbeTarget?> Read);
