using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Sidecar.Ambassador.Http;
using Sidecar.Ambassador.Tests.Redis;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Ambassador.Tests.Http;

/// The app speaks plain HTTP, the wire is encrypted, and the endpoint is the one that it should be.
public sealed class TlsRouteTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_endpoint_whose_certificate_the_file_vouches_for_is_reached_by_the_name_that_is_asked_for()
    {
        using var certificates = new Certificates();
        using var named = certificates.Authority.Issue("orders", "orders.example.com");
        string? asked = null;
        await using var backend = await HttpBackend.StartAsync(
            context => context.Response.WriteAsync(context.Request.Scheme),
            new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, name) => { asked = name; return named; } });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"https://127.0.0.1:{backend.Port}", ("TLS_CA_FILE", certificates.AuthorityFile), ("TLS_SERVER_NAME", "orders.example.com"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("https", await client.GetStringAsync("/", Cancellation));
        Assert.Equal("orders.example.com", asked);
    }

    [Theory]
    [InlineData("expired", "its certificate has expired: it is valid from ", "tls_certificate_error")]
    [InlineData("early", "its certificate is not valid yet: it is valid from ", "tls_certificate_error")]
    [InlineData("another", "its certificate is for 'billing.example.com', not for '127.0.0.1'", "tls_certificate_error")]
    [InlineData("stranger", "its certificate was issued by 'CN=a stranger', which is not trusted", "tls_certificate_error")]
    [InlineData("old", "TLS failed: ", "tls_protocol_error")]
    public async Task What_is_wrong_with_a_certificate_is_said_to_the_caller_and_no_byte_is_sent(string what, string said, string error)
    {
        using var certificates = new Certificates();
        using var stranger = new TestAuthority("a stranger");
        var now = TimeProvider.System.GetUtcNow();
        using var shown = what switch
        {
            "expired" => certificates.Authority.Issue("x", now.AddHours(-2), now.AddHours(-1), "127.0.0.1"),
            "early" => certificates.Authority.Issue("x", now.AddHours(1), now.AddHours(2), "127.0.0.1"),
            "another" => certificates.Authority.Issue("x", "billing.example.com"),
            "stranger" => stranger.Issue("x", "127.0.0.1"),
            _ => certificates.Authority.Issue("x", "127.0.0.1"),
        };
        await using var backend = await HttpBackend.StartAsync(_ => Task.CompletedTask, new HttpsConnectionAdapterOptions
        {
            ServerCertificate = shown,
            SslProtocols = what == "old" ? SslProtocols.Tls12 : SslProtocols.None,
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"https://127.0.0.1:{backend.Port}", ("TLS_CA_FILE", certificates.AuthorityFile), ("TLS_MIN_VERSION", what == "old" ? "1.3" : "1.2"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.PostAsync("/", new StringContent("secret"), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(said, await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Contains($"error={error}", Assert.Single(answer.Headers.GetValues("Proxy-Status")));
        Assert.Equal(0, backend.Requests);
        await Eventually.TrueAsync(() => ambassador.State.Troubles.Any(trouble => trouble.Reason?.Contains(said, StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task An_endpoint_that_asks_for_a_certificate_which_the_route_does_not_have_is_down_and_says_so()
    {
        using var certificates = new Certificates();
        var (certificate, key) = certificates.Write("server", certificates.Authority.Server);
        var serverPort = FreePort.Next();
        await using var server = ChildProcess.Start(
            "openssl", ["s_server", "-accept", $"127.0.0.1:{serverPort}", "-cert", certificate, "-key", key, "-CAfile", certificates.AuthorityFile, "-Verify", "1", "-verify_return_error", "-www"]);
        await Eventually.TrueAsync(() => server.Output.Any(line => line.StartsWith("ACCEPT", StringComparison.Ordinal)));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"https://127.0.0.1:{serverPort}", ("TLS_CA_FILE", certificates.AuthorityFile), ("HEALTH_INTERVAL", "100ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await Eventually.EqualAsync("TLS failed: it asks for a client certificate", () => ambassador.Upstream().Endpoints.All[0].Health.DownReason ?? "up");
        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Contains("error=tls_certificate_error", Assert.Single(answer.Headers.GetValues("Proxy-Status")));
        Assert.Contains("it asks for a client certificate", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Certificates_that_rotate_are_used_by_the_next_connection()
    {
        using var certificates = new Certificates();
        using var second = new TestAuthority("the next authority");
        using var ours = certificates.Authority.Issue("first");
        using var next = certificates.Authority.Issue("second");
        using var theirs = second.Issue("x", "127.0.0.1");
        var shown = certificates.Authority.Server;
        var trusted = certificates.Write("trusted.pem", certificates.Authority.Pem);
        var own = certificates.Write("own", ours);
        await using var backend = await HttpBackend.StartAsync(
            async context =>
            {
                var callers = await context.Connection.GetClientCertificateAsync();
                context.Response.Headers.Connection = "close";
                await context.Response.WriteAsync(callers!.Subject);
            },
            new HttpsConnectionAdapterOptions
            {
                ServerCertificateSelector = (_, _) => Volatile.Read(ref shown),
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (_, _, _) => true,
            });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"https://127.0.0.1:{backend.Port}", ("TLS_CA_FILE", trusted), ("TLS_CERT_FILE", own.Certificate), ("TLS_KEY_FILE", own.Key));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("CN=first", await client.GetStringAsync("/", Cancellation));
        certificates.Write("own", next);
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "CN=second");
        Volatile.Write(ref shown, theirs);
        certificates.Write("trusted.pem", second.Pem);
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await client.GetAsync("/", Cancellation);
            return answer.IsSuccessStatusCode;
        });
    }

    [Fact]
    public async Task An_endpoint_that_can_no_longer_be_trusted_is_down_at_its_next_check_and_not_up_again_for_accepting_connections()
    {
        using var certificates = new Certificates();
        var now = TimeProvider.System.GetUtcNow();
        using var expired = certificates.Authority.Issue("x", now.AddHours(-2), now.AddHours(-1), "127.0.0.1");
        await using var backend = await HttpBackend.StartAsync(_ => Task.CompletedTask, new HttpsConnectionAdapterOptions { ServerCertificate = expired });
        var (ambassador, _) = await RunningAmbassador.StartRouteAsync(
            $"https://127.0.0.1:{backend.Port}", ("TLS_CA_FILE", certificates.AuthorityFile), ("HEALTH_INTERVAL", "100ms"));
        await using var running = ambassador;

        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].Health.DownReason?.Contains("has expired", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_token_and_a_password_are_added_from_files_that_are_followed()
    {
        using var volume = new TempVolume();
        var token = volume.Write("token", "first\n");
        var password = volume.Write("password", "p1\n");
        await using var backend = await HttpBackend.StartAsync(context => context.Response.WriteAsync(context.Request.Headers.Authorization.ToString()));
        var (one, tokenPort) = await RunningAmbassador.StartRouteAsync(backend.Url, ("BEARER_FILE", token));
        var (two, passwordPort) = await RunningAmbassador.StartRouteAsync(backend.Url, ("USERNAME", "app"), ("PASSWORD_FILE", password));
        await using var bearer = one;
        await using var basic = two;
        using var byToken = RunningAmbassador.Client(tokenPort);
        using var byPassword = RunningAmbassador.Client(passwordPort);

        Assert.Equal("Bearer first", await byToken.GetStringAsync("/", Cancellation));
        Assert.Equal("Basic YXBwOnAx", await byPassword.GetStringAsync("/", Cancellation));
        volume.Write("token", "second\n");
        volume.Write("password", "p2\n");
        await Eventually.TrueAsync(async () => await byToken.GetStringAsync("/", Cancellation) == "Bearer second");
        await Eventually.TrueAsync(async () => await byPassword.GetStringAsync("/", Cancellation) == "Basic YXBwOnAy");
        byToken.DefaultRequestHeaders.Add("Authorization", "Bearer own");
        Assert.Equal("Bearer own", await byToken.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task A_token_that_no_header_can_hold_leaves_the_last_one_in_use()
    {
        using var volume = new TempVolume();
        var token = volume.Write("token", "first");
        var secret = Secret.FromFile(token, TimeProvider.System).Value;
        var login = UpstreamLogin.Bearer(secret);

        volume.Write("token", "sec\r\nX-Evil: 1");
        await Eventually.TrueAsync(() => secret.Current.Contains("X-Evil", StringComparison.Ordinal));

        Assert.Equal("Bearer first", login.Header);
    }

    [Fact]
    public async Task A_health_check_logs_in_too()
    {
        var seen = new TaskCompletionSource<string>();
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            if (context.Request.Path == "/health") seen.TrySetResult(context.Request.Headers.Authorization.ToString());
            return Task.CompletedTask;
        });
        var (ambassador, _) = await RunningAmbassador.StartRouteAsync(backend.Url, ("BEARER", "t0ken"), ("HEALTH_PATH", "/health"), ("HEALTH_INTERVAL", "100ms"));
        await using var running = ambassador;

        Assert.Equal("Bearer t0ken", await seen.Task.WaitAsync(Cancellation));
    }
}
