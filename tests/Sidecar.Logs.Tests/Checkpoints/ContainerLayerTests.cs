using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Tests.Checkpoints;

public sealed class ContainerLayerTests
{
    private static readonly string[] InKubernetes =
    [
        "1450 1291 0:278 / / rw,relatime master:540 - overlay overlay rw,lowerdir=/var/lib/containerd/snapshots/80/fs,upperdir=/x",
        "1451 1450 0:281 / /proc rw,nosuid - proc proc rw",
        "1460 1450 259:1 /var/lib/kubelet/pods/1/volumes/empty-dir/state /var/lib/sidecar-logs rw,noatime shared:1 - ext4 /dev/root rw",
    ];

    private static readonly string[] OnAHost =
    [
        "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
        "30 27 0:25 / /run rw,nosuid,nodev shared:3 - tmpfs tmpfs rw",
    ];

    [Theory]
    [InlineData(1450, true)]
    [InlineData(1460, false)]
    [InlineData(9999, false)]
    public void A_folder_is_on_the_containers_layer_when_it_is_mounted_with_its_root(long mount, bool expected)
    {
        Assert.Equal(expected, ContainerLayer.Holds(mount, InKubernetes, isContainer: false));
    }

    [Theory]
    [InlineData(27, false, false)]
    [InlineData(27, true, true)]
    [InlineData(30, true, false)]
    public void Outside_a_container_the_root_is_as_good_as_any_place(long mount, bool isContainer, bool expected)
    {
        Assert.Equal(expected, ContainerLayer.Holds(mount, OnAHost, isContainer));
    }

    [Fact]
    public void The_kernel_says_where_a_folder_is_mounted()
    {
        var mount = FileStat.Of("/proc/self")!.Value.MountId;

        var line = File.ReadLines("/proc/self/mountinfo").Single(line => line.StartsWith($"{mount} ", StringComparison.Ordinal));
        Assert.Equal("/proc", line.Split(' ')[4]);
    }
}
