using Sidecar.Logs.Checkpoints;

namespace Sidecar.Logs.Tests.Checkpoints;

public sealed class StateVolumeTests
{
    private static readonly string[] Pod =
    [
        "1459 1226 0:137 / / rw,relatime master:436 - overlay overlay rw,lowerdir=/var/lib/containerd/1/fs,upperdir=/var/lib/containerd/2/fs",
        "1460 1459 0:139 / /proc rw,nosuid - proc proc rw",
        "1466 1459 259:1 /var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/state /var/lib/sidecar-logs rw,noatime - xfs /dev/nvme0n1p1 rw",
        "1467 1459 0:140 / /mnt/with\\040blank rw - tmpfs tmpfs rw",
    ];

    [Theory]
    [InlineData("/var/lib/sidecar-logs", false)]
    [InlineData("/var/lib/sidecar-logs/deeper", false)]
    [InlineData("/mnt/with blank/state", false)]
    [InlineData("/var/lib/sidecar-logs-2", true)]
    [InlineData("/var/lib", true)]
    [InlineData("/state", true)]
    public void A_folder_on_no_volume_lies_in_the_containers_own_layer(string folder, bool isLayer)
    {
        Assert.Equal(isLayer, StateVolume.IsContainerLayer(folder, Pod));
    }

    [Fact]
    public void Outside_containers_nothing_is_a_layer()
    {
        Assert.False(StateVolume.IsContainerLayer("/var/lib/sidecar-logs", ["22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw", "not a mount"]));
    }
}
