namespace Sidecar.Hosting.Settings;

/// <summary>What the admin port shows to strangers.</summary>
public enum ExposedPages
{
    None,
    Status,
}
