using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sidecar.Adapter.Probes;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes;

public sealed class HttpProbeTlsTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly X509Certificate2 _authority;

    public HttpProbeTlsTests()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(30));
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task A_certificate_of_the_given_authority_is_believed()
    {
        var result = await AskAsync(Trust(), Certificate("localhost", Now.AddDays(10)));

        Assert.Equal("status 200 at 127.0.0.1", result.Reason);
    }

    [Fact]
    public async Task Without_the_authority_the_certificate_is_refused()
    {
        var result = await AskAsync(TlsTrust.SystemRoots, Certificate("localhost", Now.AddDays(10)));

        Assert.Equal("TLS: the certificate is not from a trusted authority (_TLS_CA_FILE)", result.Reason);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        var result = await AskAsync(Trust(), Certificate("other.example.com", Now.AddDays(10)));

        Assert.Equal("TLS: the certificate is for another name", result.Reason);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        var result = await AskAsync(Trust(), Certificate("localhost", Now.AddDays(-1)));

        Assert.Equal("TLS: the certificate has expired or is not valid yet", result.Reason);
    }

    [Fact]
    public async Task A_server_without_TLS_is_a_miss()
    {
        var result = await AskAsync(Trust(), certificate: null);

        Assert.Equal("the TLS handshake failed", result.Reason);
    }

    [Fact]
    public void A_file_without_a_certificate_gives_no_trust()
    {
        Assert.Null(TlsTrust.FromFile(_volume.Write("empty.pem", "nothing here\n")));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _volume.Dispose();
    }

    private TlsTrust Trust() => TlsTrust.FromFile(_volume.Write("ca.pem", _authority.ExportCertificatePem()))!;

    private X509Certificate2 Certificate(string name, DateTimeOffset until)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(_authority, Now.AddDays(-2), until, [1, 2, 3, 4]);
        using var withKey = signed.CopyWithPrivateKey(key);
        // TLS on a certificate whose key was never stored needs this detour.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<ProbeResult> AskAsync(TlsTrust trust, X509Certificate2? certificate)
    {
        await using var server = await LoopbackServer.StartAsync(_ => Task.CompletedTask, IPAddress.Loopback, certificate);
        var expected = new HttpExpectation(NumberRanges.Read("200-399", 100, 599).Value, null);
        using var probe = new HttpProbe(new Uri($"https://localhost:{server.Port}/"), expected, trust);
        return await probe.AskAsync(TestContext.Current.CancellationToken);
    }
}
