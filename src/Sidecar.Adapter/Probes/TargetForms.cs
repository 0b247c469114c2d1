using System.Text;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes;

/// The forms that the targets of several kinds share: a URL with a host, and an absolute path.
internal static class TargetForms
{
    public static bool TryReadUrl(NamedThing thing, BoundSettings settings, string form, out Uri url, int? defaultPort = null)
    {
        var trouble = !Uri.TryCreate(thing.Value, UriKind.Absolute, out url!) || url.Host.Length == 0 ? $"a URL of the form {form} is expected"
            : url.UserInfo.Length > 0 ? "a URL without user and password is expected: they have settings of their own"
            : url.IsDefaultPort && url.Port <= 0 && defaultPort is null ? $"a port is expected: {form}"
            : url.Port == 0 ? "a port from 1 to 65535 is expected"
            : null;
        if (trouble is not null)
        {
            settings.Fault(thing.Variable, thing.Shown, trouble, ProbeKinds.ExampleOf(thing.Value));
            return false;
        }

        if (url.Port < 0)
            url = new UriBuilder(url) { Port = defaultPort!.Value }.Uri;
        url = NetworkTarget.Askable(url);
        return true;
    }

    // file:/path, and file:///path as browsers write it.
    public static bool TryReadPath(NamedThing thing, BoundSettings settings, string form, int maxBytes, out string path)
    {
        path = thing.Value[(thing.Value.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (path.StartsWith("///", StringComparison.Ordinal))
            path = path[2..];

        var trouble = path.Length < 2 || path[0] != '/' || path[1] == '/' || path.Contains('\0', StringComparison.Ordinal) ? $"an absolute path is expected: {form}"
            : Encoding.UTF8.GetByteCount(path) > maxBytes ? $"a path of at most {maxBytes} bytes is expected"
            : null;
        if (trouble is not null)
            settings.Fault(thing.Variable, thing.Shown, trouble, form);
        return trouble is null;
    }
}
