using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.Settings;

public sealed class SecretTests
{
    [Fact]
    public void Follows_a_file_whose_symlink_is_swapped_as_a_secret_volume_does()
    {
        using var volume = new TempVolume();
        var time = new ManualTime();
        volume.Write("v1/token", "first");
        volume.Write("v2/token", "second\n");
        Directory.CreateSymbolicLink(volume.PathOf("data"), volume.PathOf("v1"));
        var secret = Secret.FromFile(volume.PathOf("data/token"), time).Value;
        var before = secret.Current;

        Directory.CreateSymbolicLink(volume.PathOf("data2"), volume.PathOf("v2"));
        File.Delete(volume.PathOf("data"));
        Directory.Move(volume.PathOf("data2"), volume.PathOf("data"));
        time.Advance(Secret.FollowInterval);

        Assert.Equal("first", before);
        Assert.Equal("second", secret.Current);
    }

    [Fact]
    public void Keeps_the_last_content_while_the_file_is_away()
    {
        using var volume = new TempVolume();
        var time = new ManualTime();
        var path = volume.Write("token", "hush");
        var secret = Secret.FromFile(path, time).Value;

        File.Delete(path);
        time.Advance(Secret.FollowInterval);

        Assert.Equal("hush", secret.Current);
        Assert.Equal("***", secret.ToString());
    }
}
