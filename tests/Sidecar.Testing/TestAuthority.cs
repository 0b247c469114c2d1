using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Testing;

/// A certificate authority that lives as long as a test, and the certificate of a server on loopback that it vouches for.
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(string name = "test authority")
    {
        var now = TimeProvider.System.GetUtcNow();
        var (from, to) = (now.AddDays(-1), now.AddDays(1));
        var request = new CertificateRequest("CN=" + name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        Root = request.CreateSelfSigned(from, to);
        Server = Issue("localhost", from, to, "127.0.0.1", "localhost");
    }

    public X509Certificate2 Root { get; }

    /// Has its private key.
    public X509Certificate2 Server { get; }

    /// What AWS_CA_BUNDLE and SSL_CERT_FILE want.
    public string Pem => Root.ExportCertificatePem() + "\n";

    /// A certificate with its private key, for names and addresses.
    public X509Certificate2 Issue(string subject, DateTimeOffset from, DateTimeOffset to, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + subject, key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        using var certificate = request.Create(Root, from, to, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    /// The same, valid today.
    public X509Certificate2 Issue(string subject, params string[] names)
    {
        var now = TimeProvider.System.GetUtcNow();
        return Issue(subject, now.AddHours(-1), now.AddHours(1), names);
    }

    public void Dispose()
    {
        Server.Dispose();
        Root.Dispose();
        _key.Dispose();
    }
}
