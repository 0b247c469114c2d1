namespace Sidecar.Hosting.Settings;

/// <summary>A setting's value, how it is shown (secrets masked), and the variable it came from; null when it is the default.</summary>
internal sealed record BoundValue(object? Value, string? Shown, string? Source);
