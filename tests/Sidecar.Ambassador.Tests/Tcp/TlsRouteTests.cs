using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Ambassador.Tests.Tcp;

public sealed class TlsRouteTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private (string, string) Trust => ("TLS_CA_FILE", _volume.Write("ca.pem", _authority.Pem));

    public void Dispose()
    {
        _authority.Dispose();
        _volume.Dispose();
    }

    [Fact]
    public async Task The_app_speaks_plainly_and_the_upstream_hears_TLS_each_sides_end_included()
    {
        await using var backend = Serving(_authority.Server, async stream =>
        {
            var all = await new StreamReader(stream).ReadToEndAsync(Cancellation);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{all.Length} bytes, after your end"), Cancellation);
            await stream.ShutdownAsync();
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tls://localhost:{backend.Port}", Trust);
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(client);

        await stream.WriteAsync(new byte[300_000], Cancellation);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("300000 bytes, after your end", await new StreamReader(stream).ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task The_upstream_is_told_the_end_by_TLS_so_that_it_knows_that_nothing_was_cut_off()
    {
        var (certificate, key) = (_volume.Write("server.crt", _authority.Server.ExportCertificatePem()), _volume.Write("server.key", _authority.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));
        var serverPort = FreePort.Next();
        await using var server = ChildProcess.Start("openssl", ["s_server", "-accept", $"127.0.0.1:{serverPort}", "-cert", certificate, "-key", key, "-rev"]);
        await Eventually.TrueAsync(() => server.Output.Any(line => line.StartsWith("ACCEPT", StringComparison.Ordinal)));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tls://localhost:{serverPort}", Trust, ("HEALTH_INTERVAL", "1h"));
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(client);
        using var reader = new StreamReader(stream);

        await stream.WriteAsync("last words\n"u8.ToArray(), Cancellation);
        Assert.Equal("sdrow tsal", await reader.ReadLineAsync(Cancellation));
        client.Shutdown(SocketShutdown.Send);

        Assert.Null(await reader.ReadLineAsync(Cancellation));
        await Eventually.TrueAsync(() => server.Transcript.Contains("CONNECTION CLOSED", StringComparison.Ordinal));
        Assert.DoesNotContain("unexpected eof", server.Transcript);
    }

    [Fact]
    public async Task An_upstream_that_does_not_read_does_not_hold_up_the_end_of_the_ambassador()
    {
        var (isConnected, isOver) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var backend = Serving(_authority.Server, async _ =>
        {
            isConnected.TrySetResult();
            await isOver.Task;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tls://localhost:{backend.Port}", Trust, ("HEALTH_INTERVAL", "1h"));
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(client);

        var writing = stream.WriteAsync(new byte[30_000_000], Cancellation).AsTask();
        await isConnected.Task.WaitAsync(Cancellation);
        await ambassador.StopAsync().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancellation);

        await Assert.ThrowsAsync<IOException>(() => writing);
        isOver.SetResult();
    }

    [Fact]
    public async Task Every_byte_arrives_in_order_both_ways_at_once()
    {
        const int Bytes = 20_000_000;
        await using var backend = Serving(_authority.Server, stream => stream.CopyToAsync(stream, Cancellation));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tls://localhost:{backend.Port}", Trust);
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(client);
        var sent = new byte[Bytes];
        new Random(2302).NextBytes(sent);
        var received = new byte[Bytes];

        var reading = stream.ReadExactlyAsync(received, Cancellation);
        await stream.WriteAsync(sent, Cancellation);
        await reading;

        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task A_certificate_for_somebody_else_takes_the_endpoint_out_and_the_client_is_reset()
    {
        using var others = _authority.Issue("db", "db.example.com");
        await using var backend = Serving(others, stream => stream.WriteAsync("hello"u8.ToArray(), Cancellation).AsTask());
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tls://localhost:{backend.Port}", Trust, ("HEALTH_INTERVAL", "100ms"));
        await using var _ = ambassador;

        await Eventually.EqualAsync("TLS failed: its certificate is for 'db.example.com', not for 'localhost'", () => Words(ambassador));
        using var client = await RunningAmbassador.ConnectAsync(port);
        await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[1], Cancellation).AsTask());
    }

    [Fact]
    public async Task The_name_that_the_user_gives_is_asked_for_and_verified()
    {
        using var others = _authority.Issue("db", "db.example.com");
        await using var backend = Serving(others, stream => stream.WriteAsync(Encoding.ASCII.GetBytes(stream.TargetHostName), Cancellation).AsTask());
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tls://127.0.0.1:{backend.Port}", Trust, ("TLS_SERVER_NAME", "db.example.com"));
        await using var _ = ambassador;

        Assert.Equal("db.example.com", await ReadAllAsync(port));
    }

    [Fact]
    public async Task A_server_that_wants_a_certificate_of_ours_gets_it()
    {
        using var own = _authority.Issue("app", "app");
        await using var backend = Serving(_authority.Server, stream => stream.WriteAsync(Encoding.ASCII.GetBytes(stream.RemoteCertificate!.Subject), Cancellation).AsTask(), asks: true);
        var (with, port) = await RunningAmbassador.StartRouteAsync(
            $"tls://localhost:{backend.Port}", Trust,
            ("TLS_CERT_FILE", _volume.Write("own.crt", own.ExportCertificatePem())), ("TLS_KEY_FILE", _volume.Write("own.key", own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())));
        await using var _ = with;

        Assert.Equal("CN=app", await ReadAllAsync(port));
    }

    [Fact]
    public async Task A_server_that_wants_a_certificate_which_the_route_does_not_have_is_down_and_says_so()
    {
        var (certificate, key) = (_volume.Write("server.crt", _authority.Server.ExportCertificatePem()), _volume.Write("server.key", _authority.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));
        var serverPort = FreePort.Next();
        await using var server = ChildProcess.Start(
            "openssl", ["s_server", "-accept", $"127.0.0.1:{serverPort}", "-cert", certificate, "-key", key, "-CAfile", Trust.Item2, "-Verify", "1", "-verify_return_error", "-www"]);
        await Eventually.TrueAsync(() => server.Output.Any(line => line.StartsWith("ACCEPT", StringComparison.Ordinal)));

        var (ambassador, _) = await RunningAmbassador.StartRouteAsync($"tls://127.0.0.1:{serverPort}", Trust, ("HEALTH_INTERVAL", "100ms"));
        await using var __ = ambassador;

        await Eventually.EqualAsync("TLS failed: it asks for a client certificate", () => Words(ambassador));
    }

    private RawBackend Serving(X509Certificate2 certificate, Func<SslStream, Task> serve, bool asks = false) => new(async (socket, token) =>
    {
        await using var stream = new SslStream(new NetworkStream(socket));
        try
        {
            var options = new SslServerAuthenticationOptions
            {
                ServerCertificate = certificate,
                ClientCertificateRequired = asks,
                RemoteCertificateValidationCallback = (_, shown, _, _) => !asks || shown?.Issuer == _authority.Root.Subject,
            };
            await stream.AuthenticateAsServerAsync(options, token);
            await serve(stream);
        }
        catch (AuthenticationException)
        {
            // A client that does not trust us, or that we don't trust.
        }
    });

    private static string? Words(RunningAmbassador ambassador) => ambassador.Upstream().Endpoints.All is [var only, ..] ? only.Health.DownReason : null;

    private static async Task<string> ReadAllAsync(int port)
    {
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);
        return await new StreamReader(stream).ReadToEndAsync(Cancellation);
    }
}
