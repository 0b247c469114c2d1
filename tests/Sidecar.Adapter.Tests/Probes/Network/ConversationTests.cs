using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Adapter.Tests.Probes.Network;

public sealed class ConversationTests
{
    [Theory]
    [InlineData(@"PING\r\n", "PING\r\n")]
    [InlineData(@"a\tb\0c\\d\x41é", "a\tb\0c\\dAé")]
    [InlineData("grüße 😀", "grüße 😀")]
    public void Bytes_are_written_with_escapes(string text, string bytes)
    {
        Assert.Equal(Encoding.UTF8.GetBytes(bytes), Conversation.ReadBytes(text).Value);
    }

    [Theory]
    [InlineData(@"\")]
    [InlineData(@"\q")]
    [InlineData(@"\x4")]
    [InlineData(@"\xzz")]
    public void Other_escapes_are_refused(string text)
    {
        Assert.False(Conversation.ReadBytes(text).IsRight);
    }

    [Fact]
    public async Task What_is_sent_and_what_comes_back_decide()
    {
        await using var redis = await RedisServer.StartAsync();
        var target = new NetworkTarget("localhost", redis.Port);

        var right = await AskAsync(Probe(target, @"INFO server\r\n", "redis_version:"));
        var wrong = await AskAsync(Probe(target, @"NONSENSE\r\nQUIT\r\n", "redis_version:"));

        Assert.Equal(ProbeResult.Passed("connected at 127.0.0.1, and answered as expected"), right);
        Assert.Equal(ProbeResult.Failed("the connection was closed at 127.0.0.1 before what is expected came"), wrong);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_a_time_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        var result = await Probe(new NetworkTarget("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port), null, "^220 ").AskAsync(timeout.Token);

        Assert.Equal(ProbeResult.TimedOut("waiting for what is expected at 127.0.0.1"), result);
    }

    [Fact]
    public async Task A_greeting_is_read_through_TLS_and_a_certificate_for_another_name_is_refused()
    {
        using var authority = new TestAuthority();
        using var volume = new TempVolume();
        var ca = volume.Write("ca.pem", authority.Pem);
        await using var right = await LoopbackServer.StartAsync(_ => Task.CompletedTask, IPAddress.Loopback, Stored(authority.Issue("localhost", "localhost")));
        await using var wrong = await LoopbackServer.StartAsync(_ => Task.CompletedTask, IPAddress.Loopback, Stored(authority.Issue("other", "other.example.com")));
        var talk = new Conversation(Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\n\r\n"), new Regex("^HTTP/1.1 200"));

        var passed = await AskAsync(new TcpProbe(new NetworkTarget("localhost", right.Port), talk, new TlsTrust(ca), TimeProvider.System));
        var refused = await AskAsync(new TcpProbe(new NetworkTarget("localhost", wrong.Port), Conversation.None, new TlsTrust(ca), TimeProvider.System));

        Assert.Equal((Answer.Pass, "connected at 127.0.0.1, and answered as expected"), (passed.Answer, passed.Reason));
        Assert.Equal("certificate_seconds_left", Assert.Single(passed.Measures).Name);
        Assert.Equal((Answer.Fail, "TLS: the certificate is for another name"), (refused.Answer, refused.Reason));
    }

    [Theory]
    [InlineData("localhost", "1-", true)]
    [InlineData("localhost", "7-", false)]
    [InlineData("no-such-host.invalid", "1-", false)]
    [InlineData("no-such-host.invalid", "0-1", true)]
    public async Task A_name_has_to_have_so_many_addresses(string name, string count, bool isRight)
    {
        var result = await AskAsync(new DnsProbe(name, NumberRanges.Read(count, 0, int.MaxValue).Value));

        Assert.True(result.HasPassed == isRight || result.Reason.Contains("the name server gave no answer", StringComparison.Ordinal), result.Reason);
    }

    // TLS on a certificate whose key was never stored needs this detour.
    private static System.Security.Cryptography.X509Certificates.X509Certificate2 Stored(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate)
    {
        using (certificate)
            return System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12), null);
    }

    private static TcpProbe Probe(NetworkTarget target, string? send, string expect) =>
        new(target, new Conversation(send is null ? null : Conversation.ReadBytes(send).Value, new Regex(expect)), null, TimeProvider.System);

    private static Task<ProbeResult> AskAsync(IProbe probe) => probe.AskAsync(TestContext.Current.CancellationToken);
}
