namespace Sidecar.Browser.Tests;

/// What somebody outside may have called a file, a key, or written to a probe.
internal static class Hostile
{
    /// Without what the ambassador itself takes out of a key.
    public const string Key = "<script>alert(2)<'\"&amp;";

    public const string Text = "<img src=x onerror=alert(1)>" + Key;
}
