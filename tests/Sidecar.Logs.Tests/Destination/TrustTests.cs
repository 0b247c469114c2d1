using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

public sealed class TrustTests
{
    [Fact]
    public async Task A_service_is_trusted_by_the_given_ca_bundle_and_by_no_other()
    {
        using var volume = new TempVolume();
        using var certificate = SelfSigned("service");
        using var other = SelfSigned("other");
        var right = volume.Write("right.pem", other.ExportCertificatePem() + "\n" + certificate.ExportCertificatePem() + "\n");
        var wrong = volume.Write("wrong.pem", other.ExportCertificatePem());
        var service = new StandInOptions { Certificate = certificate };

        await using var trusted = await Shipping.ToStandInAsync(o => o with { CaBundle = right }, service);
        await using var untrusted = await Shipping.ToStandInAsync(o => o with { CaBundle = wrong }, service);
        using var stop = new CancellationTokenSource();
        var refused = untrusted.Destination.SendAsync(Batches.Of("a"), stop.Token);
        await trusted.SendAsync("a");
        await Eventually.TrueAsync(() => untrusted.Log.Lines.Count > 0);
        await stop.CancelAsync();

        Assert.Equal(["a"], trusted.Stored);
        Assert.Contains("SSL", untrusted.Log.Lines[0], StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refused);
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
