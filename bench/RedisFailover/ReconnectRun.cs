using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Sidecar.Testing.Redis;

namespace RedisFailover;

/// Many clients, each with an upstream connection of its own, and a server that is killed and started again: how many connections
/// are tried while it is away, and how many it gets in how long when it is back.
internal static partial class ReconnectRun
{
    public const string Name = "storm";

    private const int Clients = 200;

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void Head()
    {
        Console.WriteLine();
        Console.WriteLine("| clients | run | failed calls | attempts while away (3 s) | connections taken in all | most in 100 ms | all answered after ms | |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
    }

    public static async Task<bool> PlayAsync(int run)
    {
        await using var server = await RedisServer.StartAsync("--maxclients", "1000");
        await using var way = await WayIn.StartAmbassadorAsync($"redis://{server.Address}");
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => RedisWire.ConnectAsync(way.Port)));
        await Task.WhenAll(clients.Select(client => client.CallAsync("CLIENT", "SETNAME", "app")));
        const string FailedAttempts = "sidecar_ambassador_redis_upstream_connects_failed_total";
        long attemptsBefore = await way.CountAsync(FailedAttempts);

        await server.KillAsync();
        var answers = clients.Select((client, number) => client.CallAsync("SET", $"k:{number}", "v")).ToList();
        await Task.Delay(Away, TimeProvider.System);
        long attempts = await way.CountAsync(FailedAttempts) - attemptsBefore;
        var clock = Stopwatch.StartNew();
        await server.StartAgainAsync();
        var all = Task.WhenAll(answers).WaitAsync(Patience, TimeProvider.System);
        long most = await MostInASliceAsync(server, all);
        int failed = (await all).Count(answer => answer != "OK");
        double took = clock.Elapsed.TotalMilliseconds;
        await using var observer = await RedisWire.ConnectAsync(server.Port);
        long taken = await TakenAsync(observer);
        foreach (var client in clients)
            await client.DisposeAsync();

        bool holds = failed == 0 && attempts < 2 * Clients && taken < 2 * Clients;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {Clients} | {run} | {failed} | {attempts} | {taken} | {most} | {took:0} | {(holds ? "holds" : "missed")} |"));
        return holds;
    }

    private static async Task<long> MostInASliceAsync(RedisServer server, Task all)
    {
        await using var observer = await RedisWire.ConnectAsync(server.Port);
        long last = 0;
        long most = 0;
        while (!all.IsCompleted)
        {
            await Task.WhenAny(all, Task.Delay(Slice, TimeProvider.System));
            long now = await TakenAsync(observer);
            most = Math.Max(most, now - last);
            last = now;
        }
        return most;
    }

    private static async Task<long> TakenAsync(RedisWire observer) =>
        long.Parse(Taken().Match(await observer.CallAsync("INFO", "stats")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("total_connections_received:([0-9]+)")]
    private static partial Regex Taken();
}
