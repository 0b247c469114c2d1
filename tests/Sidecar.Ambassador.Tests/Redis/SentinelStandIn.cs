using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// A Sentinel that says what it is told to: events and masters come when a test wants them.
internal sealed class SentinelStandIn : IAsyncDisposable
{
    private readonly RedisStandIn _server = new();

    public SentinelStandIn(int masterPort)
    {
        MasterPort = masterPort;
        _server.Instead = words => words switch
        {
            ["SENTINEL", "MASTER", ..] => Array("config-epoch", Text(Epoch)),
            ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", ..] => Array("127.0.0.1", Text(MasterPort)),
            ["SENTINEL", "SENTINELS", ..] => "*0\r\n",
            _ => null,
        };
    }

    public int MasterPort { get; set; }

    public int Epoch { get; set; } = 1;

    public int Port => _server.Port;

    public RunningRedisRoute Route(RedisOptions options) => new(
        new RedisRoute { Name = "cache", Hosts = [new HostPort("127.0.0.1", Port)], MasterName = "mymaster" }, options);

    /// Says it to the route, which has to be listening by then.
    public async Task SayAsync(string happened, int? replicaPort = null)
    {
        string master = $"mymaster 127.0.0.1 {Text(MasterPort)}";
        string message = replicaPort is { } port ? $"slave 127.0.0.1:{Text(port)} 127.0.0.1 {Text(port)} @ {master}" : $"master {master}";
        await Eventually.TrueAsync(async () => await _server.PublishAsync(happened, message) > 0);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Array(params string[] words) =>
        $"*{words.Length}\r\n{string.Concat(words.Select(word => $"${word.Length}\r\n{word}\r\n"))}";
}
