namespace Sidecar.Hosting.Settings;

/// <summary>What becomes of unknown variables.</summary>
public enum Strictness
{
    Auto,
    True,
    False,
}
