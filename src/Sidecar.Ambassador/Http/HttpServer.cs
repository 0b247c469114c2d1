using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Sidecar.Ambassador.Http.Sharing;
using Sidecar.Ambassador.Http.WebSockets;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Http;

/// <summary>Serves all HTTP routes with one Kestrel of their own, on the sockets that were opened for them.</summary>
internal sealed partial class HttpServer(
    IReadOnlyList<HttpRoute> routes, RouteListeners listeners, BoundSettings settings, AmbassadorMetrics metrics, AgentState state, Loops loops, Drain drain, IServiceProvider services, ILoggerFactory loggers, ILogger<HttpServer> logger)
    : IHostedService, IDisposable
{
    // A client that reuses a connection just as we close it loses a request, so idle ones are kept far longer than clients do.
    private static readonly TimeSpan IdleConnection = TimeSpan.FromHours(1);

    // A client has one connection for all its calls, and those that wait for an answer must not keep others from being asked.
    private const int MaxStreams = 1000;

    private readonly OpenWebSockets _webSockets = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;
    private KestrelServer? _server;
    private ConnectionDelegate? _serveHttp2;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (routes.Count == 0) return;
        var sockets = new Dictionary<ulong, Socket>();
        // Where one server takes a line's end that another does not see, a request can hide.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true);
        var options = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false };
        options.RequestHeaderEncodingSelector = static name => name == HeaderNames.Connection ? ConnectionEncoding.Instance : Encoding.Latin1;
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.KeepAliveTimeout = IdleConnection;
        options.Limits.RequestHeadersTimeout = settings.Get(ServingSettings.HeadersTimeout);
        options.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
        options.Listen(RouteTransport.Nowhere.Instance, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => _serveHttp2 = next);
        });
        var listening = routes.SelectMany(route => listeners.Of(route.Upstream.Route), (route, socket) => (Route: route, Socket: socket));
        foreach (var sharing in listening.GroupBy(pair => pair.Socket, pair => pair.Route))
        {
            sockets[(ulong)sharing.Key.Handle] = sharing.Key;
            Listen(options, sharing.Key, ServingOf([.. sharing]), ProtocolOf([.. sharing]));
        }

        var transport = new SocketTransportOptions { CreateBoundListenSocket = endPoint => sockets[((FileHandleEndPoint)endPoint).FileHandle] };
        _server = new KestrelServer(Options.Create(options), new RouteTransport(new SocketTransportFactory(Options.Create(transport), loggers)), loggers);
        await _server.StartAsync(new HttpRequests(_webSockets, state), cancellationToken);
        _watching = Task.WhenAll(
            routes.Select(route => loops.RunAsync($"hangs {route.Upstream.Route.Name}", route.Hangs.TurnAsync, maxSilence: null, _stopping.Token)));
        drain.OnDrain("http", StopServingAsync);
        foreach (var route in routes) Log.Serving(logger, route.Upstream.Route);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await StopServingAsync(cancellationToken);
        await _stopping.CancelAsync();
        await _watching;
    }

    public void Dispose()
    {
        _server?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Tells WebSockets goodbye, accepts no more, tells the open connections to close, and waits for the requests under way until the deadline.</summary>
    private async Task StopServingAsync(CancellationToken deadline)
    {
        // An app that does not take it must not keep the others' listeners open.
        var goodbye = _webSockets.SayGoodbyeAsync(loops, deadline);
        if (_server != null) await _server.StopAsync(deadline);
        await goodbye;
    }

    // A route that takes everything needs no look at its requests.
    private IServesRequests ServingOf(IReadOnlyList<HttpRoute> sharing) =>
        sharing is [{ Upstream.Route.Scope.IsEverything: true } alone] ? alone : new RouteTable(sharing, metrics);

    // Those that share a listener and don't agree take either.
    private static ListenProtocol ProtocolOf(IReadOnlyList<HttpRoute> sharing) =>
        sharing.All(route => route.Listens == sharing[0].Listens) ? sharing[0].Listens : ListenProtocol.Auto;

    private void Listen(KestrelServerOptions options, Socket socket, IServesRequests serving, ListenProtocol protocol) => options.ListenHandle((ulong)socket.Handle, listen =>
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => async connection =>
        {
            connection.Features.Set(serving);
            if (connection.Features.Get<IConnectionSocketFeature>() is { Socket: var accepted }) Dial.Tune(accepted);
            var isHttp2 = protocol == ListenProtocol.H2 || (protocol == ListenProtocol.Auto && await Http2Preface.IsSpokenAsync(connection));
            await (isHttp2 ? _serveHttp2! : next)(connection);
        });
    });

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Information, "Serving {Route}.")]
        public static partial void Serving(ILogger logger, Route route);
    }
}
