using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes.Http;

public sealed class HttpProbeTlsTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly X509Certificate2 _authority;

    public HttpProbeTlsTests()
    {
        using var key = RSA.Create(2048);
        _authority = Authority(key, Now.AddDays(30));
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
        var result = await AskAsync(new TlsTrust(), Certificate("localhost", Now.AddDays(10)));

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
        Assert.InRange(Assert.Single(result.Measures).Value, -86400 - 120, -86400);
    }

    [Fact]
    public async Task An_authority_that_ends_before_the_certificate_is_what_the_warning_and_the_measure_are_about()
    {
        using var key = _authority.GetRSAPrivateKey()!;
        using var soon = Authority(key, Now.AddDays(3));
        var trust = new TlsTrust(_volume.Write("soon.pem", soon.ExportCertificatePem())) { ExpiryWarning = TimeSpan.FromDays(7) };

        var result = await AskAsync(trust, Certificate("localhost", Now.AddDays(20)));

        Assert.Equal((Answer.Warn, "status 200 at 127.0.0.1; an authority of the certificate ends in 3 days"), (result.Answer, result.Reason));
        Assert.InRange(Assert.Single(result.Measures).Value, 3 * 86400 - 120, 3 * 86400);
    }

    [Fact]
    public async Task An_expired_certificate_that_is_believed_all_the_same_is_said_to_have_ended()
    {
        var result = await AskAsync(new TlsTrust { IsInsecure = true, ExpiryWarning = TimeSpan.FromDays(7) }, Certificate("localhost", Now.AddDays(-1)));

        Assert.Equal((Answer.Warn, "status 200 at 127.0.0.1; the certificate ended 1 days ago"), (result.Answer, result.Reason));
    }

    [Fact]
    public async Task A_server_without_TLS_is_a_miss()
    {
        var result = await AskAsync(Trust(), certificate: null);

        Assert.Equal("the TLS handshake failed", result.Reason);
    }

    [Fact]
    public async Task A_certificate_that_ends_soon_passes_with_a_warning_and_its_remaining_life_is_a_measure()
    {
        var result = await AskAsync(Trust(TimeSpan.FromDays(7)), Certificate("localhost", Now.AddDays(3)));

        Assert.Equal((Answer.Warn, "status 200 at 127.0.0.1; the certificate ends in 3 days"), (result.Answer, result.Reason));
        Assert.InRange(Assert.Single(result.Measures).Value, 3 * 86400 - 120, 3 * 86400);
    }

    [Fact]
    public async Task Insecure_believes_any_certificate_and_a_server_name_is_asked_for_instead_of_the_host()
    {
        var insecure = await AskAsync(new TlsTrust { IsInsecure = true }, Certificate("other.example.com", Now.AddDays(-1)));
        var named = await AskAsync(new TlsTrust(AuthorityFile()) { ServerName = "other.example.com" }, Certificate("other.example.com", Now.AddDays(10)));

        Assert.Equal(["status 200 at 127.0.0.1", "status 200 at 127.0.0.1"], new[] { insecure.Reason, named.Reason });
    }

    [Fact]
    public async Task Authorities_are_read_again_when_their_file_changes()
    {
        using var stranger = new TestAuthority();
        var file = _volume.Write("ca.pem", stranger.Pem);
        var trust = new TlsTrust(file);
        Assert.False((await AskAsync(trust, Certificate("localhost", Now.AddDays(10)))).HasPassed);

        File.WriteAllText(file, _authority.ExportCertificatePem());
        File.SetLastWriteTimeUtc(file, Now.AddSeconds(5).UtcDateTime);

        Assert.True((await AskAsync(trust, Certificate("localhost", Now.AddDays(10)))).HasPassed);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_certificate_is_shown_ours()
    {
        using var authority = new TestAuthority();
        using var own = authority.Issue("the probe");
        var file = _volume.Write("own.pem", own.ExportCertificatePem() + "\n" + own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await using var server = await LoopbackServer.StartAsync(
            async context => await context.Response.WriteAsync((await context.Connection.GetClientCertificateAsync())?.Subject ?? "nobody"),
            IPAddress.Loopback, Certificate("localhost", Now.AddDays(10)), asksForCertificate: true);
        var expected = new HttpExpectation(NumberRanges.Read("200", 100, 599).Value, ContentRules.None with { Text = "CN=the probe" }, null);
        using var probe = new HttpProbe(
            new HttpQuestion(new Uri($"https://localhost:{server.Port}/")), expected, new TlsTrust(AuthorityFile(), file), TimeProvider.System);

        Assert.Equal("status 200 at 127.0.0.1", (await probe.AskAsync(TestContext.Current.CancellationToken)).Reason);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _volume.Dispose();
    }

    private string AuthorityFile() => _volume.Write("ca.pem", _authority.ExportCertificatePem());

    private TlsTrust Trust(TimeSpan expiryWarning = default) => new(AuthorityFile()) { ExpiryWarning = expiryWarning };

    private static X509Certificate2 Authority(RSA key, DateTimeOffset until)
    {
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Now.AddDays(-2), until);
    }

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
        var expected = new HttpExpectation(NumberRanges.Read("200-399", 100, 599).Value, ContentRules.None, null);
        using var probe = new HttpProbe(new HttpQuestion(new Uri($"https://localhost:{server.Port}/")), expected, trust, TimeProvider.System);
        return await probe.AskAsync(TestContext.Current.CancellationToken);
    }
}
