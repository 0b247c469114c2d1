namespace Sidecar.Hosting.Settings;

/// <summary>A setting's value, how it is shown (secrets masked), and the variable it came from; null when it is the default.</summary>
/// <param name="File">The file that the value was read from, and may change in; null for one from the environment itself.</param>
internal sealed record BoundValue(object? Value, string? Shown, string? Source, Secret? File = null);
