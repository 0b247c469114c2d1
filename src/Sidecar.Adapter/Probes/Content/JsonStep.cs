namespace Sidecar.Adapter.Probes.Content;

/// One step of a path into JSON: a property's name, or an index into an array.
internal readonly record struct JsonStep(string? Name, int Index);
