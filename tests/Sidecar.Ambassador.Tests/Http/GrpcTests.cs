using System.Security.Cryptography.X509Certificates;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

public sealed class GrpcTests
{
    [Theory]
    [InlineData("h2c")]
    [InlineData("http")]
    public async Task Calls_of_all_kinds_end_as_they_do_without_the_ambassador(string scheme)
    {
        GrpcPeer.SkipWithoutLibrary();
        var (service, port) = await GrpcPeer.ServeAsync();
        await using var _ = service;
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"{scheme}://127.0.0.1:{port}");
        await using var __ = ambassador;

        var direct = await GrpcPeer.CallAsync(port);
        var through = await GrpcPeer.CallAsync(listen);

        Assert.Contains("slow 150", direct);
        Assert.Contains("StatusCode.DEADLINE_EXCEEDED", direct);
        Assert.Equal(direct, through);
        await Eventually.EqualAsync(2, () => service.Output.Count(line => line == "over"));
    }

    [Fact]
    public async Task An_error_in_headers_alone_arrives_and_is_logged_where_requests_are_logged()
    {
        GrpcPeer.SkipWithoutLibrary();
        using var volume = new TempVolume();
        var (service, port) = await GrpcPeer.ServeAsync();
        await using var _ = service;
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"h2c://127.0.0.1:{port}", ("ACCESS_LOG", $"file:{volume.PathOf("access")}"));
        await using var __ = ambassador;

        var direct = await GrpcPeer.CallAsync(port);
        var through = await GrpcPeer.CallAsync(listen);

        Assert.Contains("fail StatusCode.NOT_FOUND no such stock: ü", direct);
        Assert.Contains("nothing StatusCode.UNIMPLEMENTED", direct);
        Assert.Equal(direct, through);
        await Eventually.TrueAsync(() => File.Exists(volume.PathOf("access")) && File.ReadAllText(volume.PathOf("access")) is var lines
            && lines.Contains("\"status\":200,\"grpc_status\":5,", StringComparison.Ordinal) && lines.Contains("\"status\":200,\"grpc_status\":12,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_go_by_TLS_to_a_service_that_wants_that()
    {
        GrpcPeer.SkipWithoutLibrary();
        using var volume = new TempVolume();
        using var authority = new TestAuthority();
        var (service, port) = await GrpcPeer.ServeAsync(
            volume.Write("key.pem", authority.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()), volume.Write("crt.pem", authority.Server.ExportCertificatePem()));
        await using var _ = service;
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"https://127.0.0.1:{port}", ("TLS_CA_FILE", volume.Write("ca.pem", authority.Pem)));
        await using var __ = ambassador;

        var said = await GrpcPeer.CallAsync(listen);

        Assert.Contains("unary b'cba' StatusCode.OK behind the answer", said);
        Assert.Contains("echo b'turn 2'", said);
    }

    [Fact]
    public async Task A_call_goes_to_the_next_endpoint_when_the_first_refuses()
    {
        GrpcPeer.SkipWithoutLibrary();
        var (service, port) = await GrpcPeer.ServeAsync();
        await using var _ = service;
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"h2c://127.0.0.1:{FreePort.Next()},127.0.0.1:{port}", ("BALANCE", "first"));
        await using var __ = ambassador;

        var said = await GrpcPeer.CallAsync(listen);

        Assert.Contains("slow 150", said);
        Assert.DoesNotContain("UNAVAILABLE", said);
    }
}
