using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Network;

/// What is said on a bare connection.
internal static class NetworkSettings
{
    private static readonly string[] Kinds = [ProbeKinds.Tcp, ProbeKinds.Tls, ProbeKinds.Unix];

    public static readonly Setting<byte[]?> Send = AdapterSettings.Probe.Of(
        "SEND", "a text", null, "What is sent when the connection stands; \\r, \\n, \\t, \\0, \\\\ and \\xHH are escapes.", Conversation.ReadBytes, "stats\\r\\n", shared: false, Kinds);

    public static readonly Setting<Regex?> Expect = AdapterSettings.Probe.Pattern(
        "EXPECT", "What the first 4 KiB that come back have to match.", "^220 ", shared: false, Kinds);

    public static readonly Setting<string?> Username = AdapterSettings.Probe.Text(
        "USERNAME", null, "The user to log in as, if it is not the default one.", "probe", shared: false, ProbeKinds.Redis);

    public static readonly Setting<Secret?> Password = AdapterSettings.Probe.Secret(
        "PASSWORD", "The password to log in with.", ProbeKinds.Redis);

    public static IReadOnlyList<ISetting> All { get; } = [Send, Expect, Username, Password];
}
