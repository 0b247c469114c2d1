using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// A Redis route at work on a free port of 127.0.0.1.
internal sealed class RunningRedisRoute : ILoggerProvider, ILogger, IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly ProcessEnd _processEnd = new();

    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly LoggerFactory _loggers = new();
    private volatile string? _trouble;

    public RunningRedisRoute(RedisRoute route, RedisOptions options, TimeProvider? time = null)
    {
        _loggers.AddProvider(this);
        _services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<ProcessEnd>(_processEnd)
            .AddSingleton<HostingMetrics>().AddSingleton(BuildInfo.Of("ambassador")).AddSingleton<Loops>()
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .BuildServiceProvider();
        Listener = new RedisListener(route, options, _services.GetRequiredService<Loops>(), time ?? TimeProvider.System, _loggers)
        {
            Upstream = reason => _trouble = reason,
        };
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        Listener.Start([socket]);
    }

    public RedisListener Listener { get; }

    public RedisCounters Counters => Listener.Counters;

    public int Port { get; }

    /// Why the route is degraded; null when it is not.
    public string? Trouble => _trouble;

    /// What was logged for people to see.
    public IReadOnlyCollection<string> Warnings => _warnings;

    public static RunningRedisRoute To(RedisServer server, RedisOptions options, RouteCredentials? credentials = null, int database = 0) =>
        new(
            new RedisRoute { Name = "cache", Hosts = [new HostPort("127.0.0.1", server.Port)], Credentials = credentials, Database = database },
            options);

    public static RunningRedisRoute To(int port, RedisOptions options) =>
        new(new RedisRoute { Name = "cache", Hosts = [new HostPort("127.0.0.1", port)] }, options);

    public static RunningRedisRoute To(IEnumerable<RedisSentinel> sentinels, RedisOptions options) =>
        new(
            new RedisRoute { Name = "cache", Hosts = [.. sentinels.Select(s => new HostPort("127.0.0.1", s.Port))], MasterName = "mymaster" },
            options);

    public static RunningRedisRoute To(RedisCluster cluster, RedisOptions options, RouteCredentials? credentials = null) =>
        new(
            new RedisRoute { Name = "cache", Hosts = [.. cluster.Masters.Select(node => new HostPort("127.0.0.1", node.Port))], IsCluster = true, Credentials = credentials },
            options);

    public static RunningRedisRoute ToClusterOf(RedisServer seed, RedisOptions options) =>
        new(new RedisRoute { Name = "cache", Hosts = [new HostPort("127.0.0.1", seed.Port)], IsCluster = true }, options);

    public Task<RedisWire> ConnectAsync() => RedisWire.ConnectAsync(Port);

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Listener.StopAsync(deadline.Token);
        Listener.Dispose();
        await _services.DisposeAsync();
        _loggers.Dispose();
        Assert.Equal(0, _processEnd.ExitCode);
        Assert.Equal(0, Counters.Faults);
    }

    public void Dispose()
    {
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning)
            _warnings.Enqueue($"{formatter(state, exception)}{exception}");
    }
}
