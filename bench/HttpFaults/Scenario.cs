using System.Globalization;
using System.Net;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace HttpFaults;

/// One fault, played behind one way in; the bar is the ambassador's.
internal sealed record Scenario(string Name, string What, Func<string, Task<Outcome>> PlayAsync)
{
    private const int Callers = 32;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("killed", "one of two backends is killed for 3 s", through => FaultAsync(through, async (backends, rest) =>
        {
            await backends.KillAsync(0);
            await rest;
            await backends.StartAgainAsync(0);
        })),
        new("frozen", "one of two backends is frozen (SIGSTOP) for 3 s", through => FaultAsync(through, async (backends, rest) =>
        {
            backends.Signal(0, UnixSignal.Stop);
            await rest;
            backends.Signal(0, UnixSignal.Continue);
        }, TimeSpan.FromMilliseconds(500))),
        new("503", "one of two backends answers 503 for 3 s", through => FaultAsync(through, async (backends, rest) =>
        {
            await backends.MakeSickAsync(0);
            await rest;
            await backends.KillAsync(0);
            await backends.StartAgainAsync(0);
        })),
        new("keep-alive", "a backend closes connections that were idle for 200 ms, asked every 200 ms by 8 callers for 20 s", KeepAliveAsync),
        new("restarted", "three backends are killed and started again one after the other", RestartAsync),
        new("rolling", "three backends are replaced by three at other addresses, one a second, and the old ones killed", RollingAsync),
        new("overload", "both backends answer 503 to everything for 5 s", OverloadAsync),
        new("flip", $"the name of a backend leads elsewhere (TTL {NameServer.Ttl} s) while the old address keeps answering", FlipAsync),
    ];

    private static async Task<Outcome> FaultAsync(string through, Func<Backends, Task, Task> fault, TimeSpan? longest = null)
    {
        await using var backends = await Backends.StartAsync(2);
        await using var way = await WayIn.StartAsync(through, backends.Addresses);
        var gets = await DuringAsync("GET");
        await Task.Delay(3 * Second, TimeProvider.System);
        var posts = await DuringAsync("POST");
        return new Outcome(gets, posts, gets.Failed == 0 && backends.Twice == 0 && !(gets.Longest > longest)) { Twice = backends.Twice };

        async Task<Tally> DuringAsync(string method)
        {
            var asking = Caller.AskAsync(way.Port, Callers, method, 6 * Second);
            await Task.Delay(Second, TimeProvider.System);
            await fault(backends, Task.Delay(3 * Second, TimeProvider.System));
            return await asking;
        }
    }

    private static async Task<Outcome> KeepAliveAsync(string through)
    {
        var pace = TimeSpan.FromMilliseconds(200);
        await using var backends = await Backends.StartAsync(1, idle: pace);
        await using var way = await WayIn.StartAsync(through, backends.Addresses);
        var gets = Caller.AskAsync(way.Port, 8, "GET", 20 * Second, pace);
        var posts = Caller.AskAsync(way.Port, 8, "POST", 20 * Second, pace);
        await Task.WhenAll(gets, posts);
        return new Outcome(await gets, await posts, (await gets).Failed == 0 && backends.Twice == 0) { Twice = backends.Twice };
    }

    private static async Task<Outcome> RestartAsync(string through)
    {
        await using var backends = await Backends.StartAsync(3);
        await using var way = await WayIn.StartAsync(through, backends.Addresses);
        var asking = Caller.AskAsync(way.Port, Callers, "GET", 10 * Second);
        for (int i = 0; i < 3; i++)
        {
            await Task.Delay(Second, TimeProvider.System);
            await backends.KillAsync(i);
            await Task.Delay(Second / 2, TimeProvider.System);
            await backends.StartAgainAsync(i);
            await Task.Delay(Second, TimeProvider.System);
        }

        var gets = await asking;
        return new Outcome(gets, null, gets.Failed == 0);
    }

    private static async Task<Outcome> RollingAsync(string through)
    {
        const int Count = 3;
        int port = FreePort.Next();
        await using var backends = await Backends.StartAsync([.. Enumerable.Range(1, 2 * Count).Select(i => new IPEndPoint(IPAddress.Parse($"127.0.1.{i}"), port))]);
        IPAddress[] all = [.. backends.Addresses.Select(one => one.Address)];
        await using var names = new NameServer(all[..Count]);
        await using var way = await WayIn.StartAsync(through, backends.Addresses, names.Address);
        var asking = Caller.AskAsync(way.Port, Callers, "GET", 15 * Second);
        for (int i = 0; i < Count; i++)
        {
            // As an orchestrator does it: the new one is in the name before the old one is out of it, which is killed when its time is over.
            await Task.Delay(Second, TimeProvider.System);
            names.Answer = all[i..(i + Count + 1)];
            await Task.Delay((NameServer.Ttl + 1) * Second, TimeProvider.System);
            names.Answer = all[(i + 1)..(i + Count + 1)];
            await backends.KillAsync(i);
        }

        var gets = await asking;
        bool areAllThere = all[Count..].All(address => gets.LastHeard.ContainsKey(new IPEndPoint(address, port).ToString()));
        return new Outcome(gets, null, gets.Failed == 0 && areAllThere) { Note = areAllThere ? "" : "a new one was never asked" };
    }

    private static async Task<Outcome> OverloadAsync(string through)
    {
        await using var backends = await Backends.StartAsync(2);
        await using var way = await WayIn.StartAsync(through, backends.Addresses);
        for (int i = 0; i < 2; i++) await backends.MakeSickAsync(i);
        int before = await backends.RequestsAsync();
        var gets = await Caller.AskAsync(way.Port, Callers, "GET", 5 * Second);
        double tries = (double)(await backends.RequestsAsync() - before) / gets.Requests;
        return new Outcome(gets, null, tries <= 1.2) { Note = string.Create(CultureInfo.InvariantCulture, $"{tries:0.00} tries a request") };
    }

    private static async Task<Outcome> FlipAsync(string through)
    {
        int port = FreePort.Next();
        await using var backends = await Backends.StartAsync([new IPEndPoint(IPAddress.Loopback, port), new IPEndPoint(IPAddress.Parse("127.0.0.2"), port)]);
        await using var names = new NameServer(backends.Addresses[0].Address);
        await using var way = await WayIn.StartAsync(through, backends.Addresses, names.Address);
        var asking = Caller.AskAsync(way.Port, Callers, "GET", 10 * Second);
        await Task.Delay(3 * Second, TimeProvider.System);
        long flipped = TimeProvider.System.GetTimestamp();
        names.Answer = [backends.Addresses[1].Address];

        var gets = await asking;
        var after = TimeProvider.System.GetElapsedTime(flipped, gets.LastHeard[backends.Addresses[0].ToString()]);
        bool isThere = gets.LastHeard.ContainsKey(backends.Addresses[1].ToString());
        return new Outcome(gets, null, gets.Failed == 0 && isThere && after < (NameServer.Ttl + 1) * Second)
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"old address used for {after.TotalSeconds:0.0} s more"),
        };
    }
}
