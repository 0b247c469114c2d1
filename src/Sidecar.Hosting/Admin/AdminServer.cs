using System.Net;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Admin;

/// <summary>Serves the admin port, and the control socket if there is one. The first to start and the last to stop.</summary>
internal sealed partial class AdminServer(
    BoundSettings settings, AdminEndpoints endpoints, IServiceProvider services, ILoggerFactory loggers, ILogger<AdminServer> logger) : IHostedService, IDisposable
{
    private KestrelServer? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var listen = settings.Get(SharedSettings.AdminListen);
        var port = SharedSettings.AdminPort(settings);
        var options = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false };
        Bound(options.Limits);
        Bind(options, listen?.Address, port);
        if (settings.Get(SharedSettings.ControlSocket) is { } path)
        {
            if (SocketFile.Clear(path) is { } obstacle)
            {
                var what = obstacle == SocketObstacle.Served ? "another program listens there" : "what stands there is no socket, and is left alone";
                throw new StartException($"{SharedSettings.ControlSocket.Variable}={path}: {what}; a path of its own is expected", new IOException(what));
            }

            options.ListenUnixSocket(path, Http1Only);
        }

        // Inline: one thread of the pool takes a request from its socket to its answer. Waking a second and a third on the way costs more
        // than most answers, and on busy cores each of them waits for its turn.
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true }), loggers);
        _server = new KestrelServer(Options.Create(options), transport, loggers);
        try
        {
            await _server.StartAsync(new AdminHttpApplication(endpoints, loggers.CreateLogger<AdminHttpApplication>()), cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or UnauthorizedAccessException)
        {
            throw new ListenException(SharedSettings.AdminListen.Variable, new ListenAddress(listen?.Address, port).ToString(), e);
        }

        foreach (var address in _server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            Log.Bound(logger, address);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
        {
            await _server.StopAsync(cancellationToken);
        }
    }

    public void Dispose() => _server?.Dispose();

    // What strangers can make us hold has to fit the memory limit beside all that we need ourselves: requests that are sent by half
    // cost up to the size of their headers each, for as long as we wait for the rest.
    private static void Bound(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = 1200;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        limits.MaxRequestHeadersTotalSize = 8 * 1024;
        limits.MaxRequestBufferSize = 16 * 1024;
        limits.MaxRequestBodySize = 64 * 1024;
    }

    private static void Bind(KestrelServerOptions options, IPAddress? address, int port)
    {
        if (address is null)
        {
            options.ListenAnyIP(port, Http1Only);
        }
        else
        {
            options.Listen(address, port, Http1Only);
        }
    }

    private static void Http1Only(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;

    private static partial class Log
    {
        [LoggerMessage(1022, LogLevel.Information, "The admin port listens on {Address}.")]
        public static partial void Bound(ILogger logger, string address);
    }
}
