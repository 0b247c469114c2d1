using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sidecar.Hosting;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Endpoints.Grpc;

/// Serves the app's verdict as gRPC's own health service (grpc.health.v1), on a port of its own: one in the clear can't tell
/// HTTP/1 from HTTP/2.
internal sealed partial class GrpcHealthServer(
    ListenAddress listen, GrpcHealthApplication application, IServiceProvider services, ILoggerFactory loggers, ILogger<GrpcHealthServer> logger)
    : IHostedService, IDisposable
{
    private KestrelServer? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 64 * 1024;
        options.Limits.MaxConcurrentConnections = 1000;
        if (listen.Address is { } address)
            options.Listen(new IPEndPoint(address, listen.Port!.Value), Http2Only);
        else
            options.ListenAnyIP(listen.Port!.Value, Http2Only);

        _server = new KestrelServer(
            Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
        try
        {
            await _server.StartAsync(application, cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new ListenException(AdapterSettings.GrpcListen.Variable, listen.ToString(), e);
        }
        Log.Bound(logger, listen);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        application.End();
        if (_server is not null)
            await _server.StopAsync(cancellationToken);
    }

    public void Dispose() => _server?.Dispose();

    private static void Http2Only(ListenOptions options) => options.Protocols = HttpProtocols.Http2;

    private static partial class Log
    {
        [LoggerMessage(3301, LogLevel.Information, "The gRPC health service listens on {Address}.")]
        public static partial void Bound(ILogger logger, ListenAddress address);
    }
}
