using System.Security.Cryptography.X509Certificates;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Redis;

/// An authority and the PEM files that it makes, for servers and clients alike.
internal sealed class Certificates : IDisposable
{
    private readonly TempVolume _volume = new();

    public Certificates() => AuthorityFile = _volume.Write("ca.pem", Authority.Pem);

    public TestAuthority Authority { get; } = new();

    public string AuthorityFile { get; }

    /// Writes a certificate and its key, in place of those that were there under that name.
    public (string Certificate, string Key) Write(string name, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return (_volume.Write($"{name}.crt", certificate.ExportCertificatePem() + "\n"), _volume.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem() + "\n"));
    }

    public string Write(string name, string content) => _volume.Write(name, content);

    /// What makes a redis-server or a Sentinel speak TLS on a port; with client certificates only if asked to.
    public string[] Settings(int port, X509Certificate2? server = null, bool wantsClients = false)
    {
        var (certificate, key) = Write($"server-{port}", server ?? Authority.Server);
        return
        [
            "tls-port", $"{port}", "tls-cert-file", certificate, "tls-key-file", key, "tls-ca-cert-file", AuthorityFile, "tls-auth-clients", wantsClients ? "yes" : "no",
        ];
    }

    public string[] Arguments(int port, X509Certificate2? server = null, bool wantsClients = false) =>
        [.. Settings(port, server, wantsClients).Select((word, i) => i % 2 == 0 ? $"--{word}" : word)];

    public string[] Lines(int port) => [.. Settings(port).Chunk(2).Select(pair => string.Join(' ', pair))];

    /// Trusts the authority, unless told otherwise.
    public UpstreamTls Trusting(string? file = null, string? serverName = null, bool isInsecure = false, (string Certificate, string Key)? own = null) =>
        new(Follow(file ?? AuthorityFile), own is { } ours ? Follow(ours.Certificate) : null, own is { } keyed ? Follow(keyed.Key) : null, serverName, isInsecure);

    public void Dispose()
    {
        Authority.Dispose();
        _volume.Dispose();
    }

    private static Secret Follow(string file) => Secret.FromFile(file, TimeProvider.System).Value;
}
