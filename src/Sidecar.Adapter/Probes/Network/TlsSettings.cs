using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Network;

/// Whom a probe believes, and who it says it is.
internal static class TlsSettings
{
    private static readonly string[] Kinds = [ProbeKinds.Https, ProbeKinds.Tls, ProbeKinds.Grpcs];

    public static readonly Setting<string?> CaFile = AdapterSettings.Probe.ReadableFile(
        "TLS_CA_FILE", "The authorities to believe instead of the system's, in PEM form. Followed when it changes.", "/etc/tls/ca.pem", shared: false, Kinds);

    public static readonly Setting<string?> CertFile = AdapterSettings.Probe.ReadableFile(
        "TLS_CERT_FILE", "Our own certificate, for servers that ask for one, in PEM form. Followed when it changes.", "/etc/tls/tls.crt", shared: false, Kinds);

    public static readonly Setting<string?> KeyFile = AdapterSettings.Probe.ReadableFile(
        "TLS_KEY_FILE", "The key of our own certificate, in PEM form.", "/etc/tls/tls.key", shared: false, Kinds);

    public static readonly Setting<string?> ServerName = AdapterSettings.Probe.Text(
        "TLS_SERVER_NAME", null, "The name to ask for and to find in the certificate, if it is not the URL's host.", "shop.example.com", shared: false, Kinds);

    public static readonly Setting<bool> Insecure = AdapterSettings.Probe.Boolean(
        "TLS_INSECURE", false, "Believe any certificate. Says that something answers, not who.", shared: false, Kinds);

    public static readonly Setting<TimeSpan> ExpiryWarning = AdapterSettings.Probe.Duration(
        "TLS_EXPIRY_WARNING", "7d", "A certificate that ends sooner is a warning: the probe passes, and its groups are degraded. 0 never warns.", min: "0", max: "365d", shared: true, Kinds);

    public static IReadOnlyList<ISetting> All { get; } = [CaFile, CertFile, KeyFile, ServerName, Insecure, ExpiryWarning];
}
