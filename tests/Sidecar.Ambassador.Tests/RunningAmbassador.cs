using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests;

/// The ambassador as its settings make it, in this process: all of it but the admin port and the command line.
internal sealed class RunningAmbassador : ILoggerProvider, ILogger, IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();
    private readonly MeterListener _meters = new();
    private readonly IHost _host;

    private RunningAmbassador(IReadOnlyDictionary<string, string> environment)
    {
        var schema = new SettingsSchema("ambassador");
        schema.Add(AmbassadorSettings.All);
        var settings = SettingsReader.Read(schema, environment, isCheck: true, TimeProvider.System);
        var plan = AmbassadorAgent.Compose(settings);
        Assert.Empty(settings.Faults);

        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(this).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(BuildInfo.Of("ambassador"));
        builder.Services.AddSingleton<HostingMetrics>();
        builder.Services.AddSingleton<ProcessEnd>();
        builder.Services.AddSingleton<Loops>();
        builder.Services.AddSingleton<AgentState>();
        builder.Services.AddSingleton<Drain>();
        plan.AddServices(builder.Services);
        _host = builder.Build();

        var factory = _host.Services.GetRequiredService<IMeterFactory>();
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory && instrument.Meter.Name == AmbassadorMetrics.MeterName) listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var labels = string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
            _counts.AddOrUpdate($"{instrument.Name}{{{labels}}}", value, (_, before) => before + value);
        });
        _meters.Start();
    }

    public AgentState State => _host.Services.GetRequiredService<AgentState>();

    public static async Task<RunningAmbassador> StartAsync(params (string Name, string Value)[] environment)
    {
        var ambassador = new RunningAmbassador(environment.ToDictionary(entry => entry.Name, entry => entry.Value));
        try
        {
            await ambassador._host.StartAsync(TestContext.Current.CancellationToken);
            return ambassador;
        }
        catch
        {
            // As the host of a program does: what has started is stopped.
            await ambassador._host.StopAsync(TestContext.Current.CancellationToken);
            ambassador._host.Dispose();
            throw;
        }
    }

    /// One route called x, and the port that it listens on.
    public static async Task<(RunningAmbassador Ambassador, int Port)> StartRouteAsync(string upstream, params (string Name, string Value)[] settings)
    {
        var port = FreePort.Next();
        var all = settings.Select(setting => ($"AMBASSADOR_ROUTE_X_{setting.Name}", setting.Value));
        return (await StartAsync([("AMBASSADOR_ROUTE_X", upstream), ("AMBASSADOR_ROUTE_X_LISTEN", port.ToString()), .. all]), port);
    }

    /// One route called x, whose names that server knows.
    public static async Task<(RunningAmbassador Ambassador, int Port)> StartAsync(IPEndPoint dns, string upstream)
    {
        var port = FreePort.Next();
        return (await StartAsync(("AMBASSADOR_ROUTE_X", upstream), ("AMBASSADOR_ROUTE_X_LISTEN", port.ToString()), ("AMBASSADOR_NAMESERVERS", dns.ToString())), port);
    }

    public static HttpClient Client(int port) =>
        new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromSeconds(20),
        };

    /// A bare connection, for what no HTTP client sends.
    public static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        return socket;
    }

    public long Count(string series) => _counts.GetValueOrDefault(series);

    /// What is only told when it is asked for, as it is now.
    public long Observe(string series)
    {
        _counts.TryRemove(series, out _);
        _meters.RecordObservableInstruments();
        return Count(series);
    }

    public Upstream Upstream(string route = "x") =>
        _host.Services.GetRequiredService<ForwardedRoutes>().Watched.First(watched => watched.Upstream.Route.Name == route).Upstream;

    /// A part of what the status page says of a route beside its endpoints.
    public JsonNode Told(string name, string route = "x") =>
        _host.Services.GetRequiredService<ForwardedRoutes>().Watched.First(watched => watched.Upstream.Route.Name == route).Told.First(told => told.Name == name).Now();

    /// For what waits on purpose: answers of the route are taken to need a minute, so that a slow machine does not look like an endpoint that hangs.
    public void ExpectSlowAnswers(string route = "x")
    {
        var times = _host.Services.GetRequiredService<ForwardedRoutes>().Http.First(http => http.Upstream.Route.Name == route).Hangs.Times;
        for (var i = 0; i < 1000; i++) times.Add(TimeSpan.FromMinutes(1));
    }

    public Task StopAsync() => _host.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(TestContext.Current.CancellationToken);
        _host.Dispose();
        _meters.Dispose();
        Assert.Empty(_errors);
    }

    public void Dispose()
    {
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _errors.Enqueue($"{formatter(state, exception)} {exception}");
}
