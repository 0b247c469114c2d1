using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// Which of several claims to a slot is believed.
public sealed class ClusterNodesTests : IDisposable
{
    private static readonly HostPort First = new("10.0.0.1", 6379);
    private static readonly HostPort Second = new("10.0.0.2", 6379);

    private readonly RedisEngine _engine = new(
        new RedisRoute { Name = "cache", Hosts = [First], IsCluster = true }, new RedisOptions(), TimeProvider.System, NullLogger.Instance);

    private ClusterNodes Nodes => _engine.Cluster!;

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void A_node_that_was_cut_off_takes_no_slot_back_with_an_older_claim()
    {
        Nodes.Apply(Layout((First, 1)));
        Nodes.Apply(Layout((Second, 7)));
        Nodes.Apply(Layout((First, 1)));

        Assert.Equal(Second, Nodes.Owner(5).Name);
        Assert.Equal(1, _engine.Counters.Failovers);
    }

    [Fact]
    public void A_later_claim_is_believed()
    {
        Nodes.Apply(Layout((First, 1)));
        Nodes.Apply(Layout((Second, 7)));
        Nodes.Apply(Layout((First, 8)));

        Assert.Equal(First, Nodes.Owner(5).Name);
        Assert.Equal(2, _engine.Counters.Failovers);
    }

    [Fact]
    public void What_a_redirection_told_is_not_undone_by_a_node_that_has_not_heard_of_it()
    {
        Nodes.Apply(Layout((First, 1), (Second, 2)));
        int version = Nodes.Version;

        Nodes.Moved(5, Nodes.Find(Second)!);
        Nodes.Apply(Layout((First, 1), (Second, 2)));

        Assert.Equal(Second, Nodes.Owner(5).Name);
        Assert.Equal(First, Nodes.Owner(6).Name);
        Assert.Equal(version + 1, Nodes.Version);
    }

    [Fact]
    public void A_map_that_tells_nothing_new_changes_nothing()
    {
        Nodes.Apply(Layout((First, 1), (Second, 2)));
        int version = Nodes.Version;

        Nodes.Apply(Layout((First, 1), (Second, 2)));

        Assert.Equal(version, Nodes.Version);
        Assert.Equal([First, Second], Nodes.Masters.Select(node => node.Name));
    }

    // All slots in even shares, each with the epoch of its claim.
    private static ClusterLayout Layout(params (HostPort Node, long Epoch)[] masters)
    {
        int share = KeySlot.Count / masters.Length;
        return new ClusterLayout(
            [.. masters.Select((master, i) => new SlotRange(i * share, ((i + 1) * share) - 1, master.Node, master.Node.Host, master.Epoch))],
            masters.ToDictionary(master => master.Node, master => new ServerAddress(new IPEndPoint(IPAddress.Parse(master.Node.Host), master.Node.Port), master.Node.Host)));
    }
}
