using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

public sealed class TrustTests
{
    [Fact]
    public async Task A_service_is_trusted_by_the_given_ca_bundle_and_by_no_other()
    {
        using var volume = new TempVolume();
        using var authority = new TestAuthority("service's");
        using var other = new TestAuthority("other");
        var right = volume.Write("right.pem", other.Pem + authority.Pem);
        var wrong = volume.Write("wrong.pem", other.Pem);
        var service = new StandInOptions { Certificate = authority.Server };

        await using var trusted = await Shipping.ToStandInAsync(o => o with { CaBundle = right }, service);
        await using var untrusted = await Shipping.ToStandInAsync(o => o with { CaBundle = wrong }, service);
        using var stop = new CancellationTokenSource();
        var refused = untrusted.Destination.SendAsync(Batches.Of("a"), stop.Token);
        await trusted.SendAsync("a");
        await Eventually.TrueAsync(() => untrusted.Log.Lines.Count > 0);
        await stop.CancelAsync();

        Assert.Equal(["a"], trusted.Stored);
        Assert.Contains("SSL", untrusted.Log.Lines[0], StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refused);
    }
}
