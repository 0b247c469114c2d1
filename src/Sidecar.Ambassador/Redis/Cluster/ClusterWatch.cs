using System.Globalization;
using System.Net;
using Sidecar.Ambassador.Redis.Asking;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Knows which node has which slot: asks the nodes, some at a time, every 10 s, when one says that a slot moved, and often while a
/// connection is in trouble.
internal sealed class ClusterWatch(RedisRoute route, Action<ClusterLayout> found, Action<string?> trouble, TimeProvider time) : IUpstreamLocator
{
    private const int AskedAtOnce = 3;

    private static readonly byte[] Nodes = RequestWriter.Encode("CLUSTER", "NODES");
    private static readonly byte[] Slots = RequestWriter.Encode("CLUSTER", "SLOTS");

    private static readonly TimeSpan CalmInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TroubledInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TroubleLasts = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly KeptConversations _conversations = new(route.Access);
    private readonly Dictionary<HostPort, ServerAddress> _resolved = [];
    private List<HostPort> _nodes = [];
    private HostPort? _first;
    private bool _isAnyFound;
    private long _troubledAt;
    private bool _isTroubled;

    public void Suspect(string reason)
    {
        lock (_lock)
        {
            _isTroubled = true;
            _troubledAt = time.GetTimestamp();
        }
        Wake();
    }

    /// Asks soon, this node first when one is given.
    public void Ask(HostPort? first)
    {
        lock (_lock)
            _first = first ?? _first;
        Wake();
    }

    /// Without a login of the route's own, the slots are asked for with the one that an app was let in with last.
    public void LogIn(byte[] frame)
    {
        if (route.Credentials is not null || _conversations.Greeting.AsSpan().SequenceEqual(frame))
            return;
        _conversations.Greeting = frame;
        Wake();
    }

    public async Task TurnAsync(CancellationToken stopping)
    {
        var complaints = new List<string>();
        var candidates = Candidates();
        bool isAnswered = false;
        for (int i = 0; i < candidates.Count && !isAnswered; i += AskedAtOnce)
        {
            var answers = candidates.Skip(i).Take(AskedAtOnce).Select(node =>
                _conversations.AskAsync<ClusterLayout>(node, (conversation, limit) => AskAsync(node, conversation, limit), stopping)).ToList();
            await foreach (var answer in Task.WhenEach(answers).WithCancellation(stopping))
            {
                var (layout, complaint) = await answer;
                isAnswered |= layout is not null;
                if (layout is not null)
                    found(layout);
                else
                    complaints.Add(complaint!);
            }
        }
        trouble(isAnswered ? null : $"none of {candidates.Count} nodes tells the cluster's slots: {string.Join("; ", complaints.Distinct())}");

        bool isTroubled;
        lock (_lock)
            isTroubled = _isTroubled = _isTroubled && time.GetElapsedTime(_troubledAt) < TroubleLasts;
        await Task.Delay(Pause, time, stopping);
        await _asked.WaitAsync(isTroubled || !isAnswered ? TroubledInterval : CalmInterval, stopping);
    }

    public void Dispose()
    {
        _asked.Dispose();
        _conversations.Dispose();
    }

    private void Wake()
    {
        if (_asked.CurrentCount == 0)
            _asked.Release();
    }

    // The one that a redirection named, then those that we know, in any order, then those that we were told of at the start.
    private List<HostPort> Candidates()
    {
        lock (_lock)
        {
            var known = _nodes.ToArray();
            Random.Shared.Shuffle(known);
            HostPort[] first = _first is { } named ? [named] : [];
            _first = null;
            return [.. first.Concat(known).Concat(route.Hosts).Distinct()];
        }
    }

    private async Task<(ClusterLayout? Layout, string? Complaint)> AskAsync(HostPort node, ServerConversation conversation, CancellationToken limit)
    {
        // Only the slots tell how the nodes want to be called, and only the nodes in which epoch they claimed them. At once, so that
        // nothing changes in between.
        await conversation.SendAsync([.. Nodes, .. Slots], limit);
        var known = await conversation.ReadAsync(limit);
        var slots = await conversation.ReadAsync(limit);
        // Whoever has to log in first is let in by any node, and the others are found by what it says then.
        if (slots.IsError && slots.Text!.StartsWith("NOAUTH", StringComparison.Ordinal) && route.Credentials is null && !_isAnyFound)
            await FindAnyAsync(node, limit);
        if (slots.IsError)
            return (null, slots.Text);
        if (slots.Items.Count == 0)
            return (null, "no slot has a master");
        var layout = await ReadAsync(node, EpochsOf(known.Text ?? ""), slots, limit);
        _isAnyFound = true;
        return (layout, null);
    }

    private async Task FindAnyAsync(HostPort node, CancellationToken limit)
    {
        if (await ResolveAsync(node, limit) is { } address)
        {
            _isAnyFound = true;
            found(new ClusterLayout(
                [new SlotRange(0, KeySlot.Count - 1, node, node.ToString(), Epoch: -1)], new Dictionary<HostPort, ServerAddress> { [node] = address }));
        }
    }

    private async Task<ClusterLayout> ReadAsync(HostPort asked, Dictionary<string, long> epochs, RespValue slots, CancellationToken limit)
    {
        var ranges = new List<SlotRange>();
        var addresses = new Dictionary<HostPort, ServerAddress>();
        var nodes = new List<HostPort>();
        foreach (var range in slots.Items)
        {
            if (range.Items is not [{ Text: { } first }, { Text: { } last }, _, ..])
                continue;
            for (int i = 2; i < range.Items.Count; i++)
            {
                if (ClusterNodeName.Read(range.Items[i], asked) is not { } named)
                    continue;
                if (!nodes.Contains(named))
                    nodes.Add(named);
                if (i == 2 && await ResolveAsync(named, limit) is { } address)
                {
                    addresses[named] = address;
                    string id = range.Items[i].Items is [_, _, { Text: { } told }, ..] ? told : named.ToString();
                    ranges.Add(new SlotRange(Number(first), Number(last), named, id, epochs.GetValueOrDefault(id)));
                }
            }
        }
        lock (_lock)
            _nodes = nodes;
        _conversations.KeepOnly([.. nodes, .. route.Hosts]);
        return new ClusterLayout(ranges, addresses);
    }

    private async Task<ServerAddress?> ResolveAsync(HostPort node, CancellationToken limit)
    {
        if (IPAddress.TryParse(node.Host, out var address))
            return new ServerAddress(new IPEndPoint(address, node.Port), node.Host);
        var addresses = (await route.Resolve(node, limit)).Found;
        lock (_lock)
        {
            // While its address is still among them, a node stays where it is.
            bool isThere = _resolved.TryGetValue(node, out var known) && addresses.Any(one => one.Address.Equals(known.EndPoint));
            if (!isThere && addresses.Count > 0)
                _resolved[node] = known = new ServerAddress(addresses[0].Address, node.Host);
            return known;
        }
    }

    // "<id> <address> <flags> <master> <ping> <pong> <epoch> ..."
    private static Dictionary<string, long> EpochsOf(string nodes)
    {
        var epochs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in nodes.Split('\n'))
        {
            string[] fields = line.Split(' ');
            if (fields.Length > 6)
                epochs[fields[0]] = Number(fields[6]);
        }
        return epochs;
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
