using System.Globalization;

namespace Sidecar.Hosting.Settings;

/// <summary>What SIDECAR_SHUTDOWN_WAIT_FOR and SIDECAR_EXIT_WITH watch: process:&lt;name&gt;, port:&lt;number&gt; or file:&lt;path&gt;.</summary>
public sealed record WatchTarget(WatchKind Kind, string Name)
{
    public int Port => Kind == WatchKind.Port ? int.Parse(Name, CultureInfo.InvariantCulture) : 0;

    public static Parsed<WatchTarget?> Read(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? "" : text[(colon + 1)..].Trim();
        WatchKind? kind = (colon < 0 ? "" : text[..colon]) switch
        {
            "process" => WatchKind.Process,
            "port" when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 => WatchKind.Port,
            "file" when name.StartsWith('/') => WatchKind.File,
            _ => null,
        };
        return kind is { } known && name.Length > 0
            ? Parsed.Right<WatchTarget?>(new WatchTarget(known, name))
            : Parsed.Wrong<WatchTarget?>("process:<name>, port:<number> or file:<absolute path> is expected");
    }

    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}:{Name}";
}
