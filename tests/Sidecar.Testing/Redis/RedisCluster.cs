using System.Globalization;

namespace Sidecar.Testing.Redis;

/// A real Redis Cluster on free ports of 127.0.0.1: masters that share the slots evenly, each with as many replicas as wanted.
public sealed class RedisCluster : IAsyncDisposable
{
    public const int Slots = 16384;

    private readonly List<RedisServer> _replicas = [];

    private RedisCluster(IReadOnlyList<RedisServer> masters) => Masters = masters;

    /// In the order of their slots, as they were at the start.
    public IReadOnlyList<RedisServer> Masters { get; }

    public IReadOnlyList<RedisServer> Replicas => _replicas;

    public IEnumerable<RedisServer> All => [.. Masters, .. _replicas];

    /// Settings are given to every node as on its command line. Returns when all nodes say that the cluster is well.
    public static Task<RedisCluster> StartAsync(int masters = 3, int replicas = 0, params string[] settings) =>
        StartAsync(masters, replicas, nodeTimeoutMilliseconds: 1000, static (_, _) => [], settings);

    /// The same with settings of its own for each node, told by its port and the port of its bus.
    public static async Task<RedisCluster> StartAsync(
        int masters, int replicas, int nodeTimeoutMilliseconds, Func<int, int, string[]> own, params string[] settings)
    {
        string timeout = nodeTimeoutMilliseconds.ToString(CultureInfo.InvariantCulture);
        // A replica is not counted on before it has heard from its master.
        string[] all = ["--cluster-enabled", "yes", "--cluster-node-timeout", timeout, "--cluster-replica-validity-factor", "0", "--repl-ping-replica-period", "1", .. settings];
        var nodes = await Task.WhenAll(Enumerable.Range(0, masters * (replicas + 1)).Select(_ => StartNodeAsync(all, own)));
        var cluster = new RedisCluster([.. nodes.Take(masters)]);
        cluster._replicas.AddRange(nodes.Skip(masters));
        await cluster.JoinAsync();
        for (int i = 0; i < cluster._replicas.Count; i++)
            await cluster.ReplicateAsync(cluster._replicas[i], cluster.Masters[i % masters]);
        await cluster.WaitUntilWellAsync();
        return cluster;
    }

    /// Which master has the slot, asked of the first node that answers.
    public async Task<RedisServer> OwnerAsync(int slot)
    {
        foreach (var node in All.Where(node => node.IsRunning))
        {
            if (await ClaimAsync(slot, node) is { } claim)
                return All.Single(one => claim.EndsWith($":{one.Port}", StringComparison.Ordinal));
        }
        throw new InvalidOperationException($"nobody has slot {slot}");
    }

    public static async Task<int> SlotOfAsync(RedisServer node, string key) =>
        int.Parse((await node.CallAsync("CLUSTER", "KEYSLOT", key))[1..], CultureInfo.InvariantCulture);

    /// Hands a slot over with all its keys, as redis-cli does, and waits until all nodes know; `midway` runs while half of the keys are gone.
    public async Task MigrateAsync(int slot, RedisServer from, RedisServer to, Func<Task>? midway = null)
    {
        string number = slot.ToString(CultureInfo.InvariantCulture);
        string source = await from.CallAsync("CLUSTER", "MYID");
        string target = await to.CallAsync("CLUSTER", "MYID");
        await ExpectOkAsync(to, "CLUSTER", "SETSLOT", number, "IMPORTING", source);
        await ExpectOkAsync(from, "CLUSTER", "SETSLOT", number, "MIGRATING", target);
        bool isMidway = false;
        while (await from.CallAsync("CLUSTER", "GETKEYSINSLOT", number, "10") is { Length: > 0 } keys)
        {
            string port = to.Port.ToString(CultureInfo.InvariantCulture);
            string[] some = keys.Split('|');
            int half = isMidway ? some.Length : Math.Max(1, some.Length / 2);
            string moved = await from.CallAsync(["MIGRATE", "127.0.0.1", port, "", "0", "5000", "REPLACE", "KEYS", .. some.Take(half)]);
            if (moved is not ("OK" or "NOKEY"))
                throw new InvalidOperationException(moved);
            if (!isMidway && midway is not null)
                await midway();
            isMidway = true;
        }
        await ExpectOkAsync(to, "CLUSTER", "SETSLOT", number, "NODE", target);
        await ExpectOkAsync(from, "CLUSTER", "SETSLOT", number, "NODE", target);
        await RedisWire.UntilAsync($"all know where slot {slot} is", async () =>
        {
            var told = new HashSet<string?>(StringComparer.Ordinal);
            foreach (var node in Masters.Where(node => node.IsRunning))
                told.Add(await ClaimAsync(slot, node));
            return told.Count == 1 && told.Single()?.Contains(target, StringComparison.Ordinal) == true;
        });
    }

    /// Until every node that runs says that all slots are served, and replicas have caught up.
    public Task WaitUntilWellAsync() => RedisWire.UntilAsync("the cluster is well", async () =>
    {
        foreach (var node in All.Where(node => node.IsRunning))
        {
            string info = await node.CallAsync("CLUSTER", "INFO");
            string slots = await node.CallAsync("CLUSTER", "SLOTS");
            bool isWell = info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains($"cluster_slots_assigned:{Slots}", StringComparison.Ordinal)
                && _replicas.All(replica => slots.Contains($":{replica.Port}", StringComparison.Ordinal));
            if (!isWell || (_replicas.Contains(node) && !(await node.CallAsync("INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal)))
                return false;
        }
        return true;
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var node in All)
            await node.DisposeAsync();
    }

    // Who has the slot, since which epoch, and where. A node that does not know another's epoch yet would take a slot back from it in
    // an epoch that is none, and then no two nodes agree.
    private static async Task<string?> ClaimAsync(int slot, RedisServer asked)
    {
        foreach (string line in (await asked.CallAsync("CLUSTER", "NODES")).Split('\n'))
        {
            string[] fields = line.Split(' ');
            bool isOwner = fields.Length > 8 && fields[2].Contains("master", StringComparison.Ordinal) && !fields[2].Contains("fail", StringComparison.Ordinal)
                && fields.Skip(8).Any(range => Holds(range, slot));
            if (isOwner)
                return $"{fields[0]} {fields[6]} {fields[1].Split('@')[0]}";
        }
        return null;
    }

    private static Task<RedisServer> StartNodeAsync(string[] settings, Func<int, int, string[]> own) => RedisServer.OnFreePortsAsync(() =>
    {
        int port = ServerProcess.FreePort();
        int bus = ServerProcess.FreePort();
        return RedisServer.StartAtAsync("127.0.0.1", port, [.. settings, "--cluster-port", bus.ToString(CultureInfo.InvariantCulture), .. own(port, bus)]);
    });

    private async Task JoinAsync()
    {
        int share = Slots / Masters.Count;
        for (int i = 0; i < Masters.Count; i++)
        {
            int last = i == Masters.Count - 1 ? Slots - 1 : ((i + 1) * share) - 1;
            await ExpectOkAsync(Masters[i], "CLUSTER", "ADDSLOTSRANGE", (i * share).ToString(CultureInfo.InvariantCulture), last.ToString(CultureInfo.InvariantCulture));
        }
        int epoch = 0;
        foreach (var node in All)
        {
            await ExpectOkAsync(node, "CLUSTER", "SET-CONFIG-EPOCH", (++epoch).ToString(CultureInfo.InvariantCulture));
            if (node == Masters[0])
                continue;
            string bus = await SettingAsync(node, "cluster-port");
            string port = await SettingAsync(node, "tls-cluster") == "yes" ? await SettingAsync(node, "tls-port") : node.Port.ToString(CultureInfo.InvariantCulture);
            await ExpectOkAsync(Masters[0], "CLUSTER", "MEET", "127.0.0.1", port, bus);
        }
        int all = All.Count();
        await RedisWire.UntilAsync("all nodes know each other", async () =>
        {
            foreach (var node in All)
            {
                string nodes = await node.CallAsync("CLUSTER", "NODES");
                if (nodes.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length != all || nodes.Contains("handshake", StringComparison.Ordinal))
                    return false;
            }
            return true;
        });
    }

    private Task ReplicateAsync(RedisServer replica, RedisServer master) => RedisWire.UntilAsync("a replica knows its master", async () =>
        await replica.CallAsync("CLUSTER", "REPLICATE", await master.CallAsync("CLUSTER", "MYID")) == "OK");

    private static async Task<string> SettingAsync(RedisServer node, string name) => (await node.CallAsync("CONFIG", "GET", name)).Split('|')[1];

    private static async Task ExpectOkAsync(RedisServer node, params string[] words)
    {
        string reply = await node.CallAsync(words);
        if (reply != "OK")
            throw new InvalidOperationException($"{string.Join(' ', words)}: {reply}");
    }

    private static bool Holds(string range, int slot)
    {
        string[] ends = range.Split('-');
        return int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last) && slot >= first && slot <= last;
    }
}
