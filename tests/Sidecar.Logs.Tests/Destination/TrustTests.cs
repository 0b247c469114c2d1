using Sidecar.Logs.Destination;
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

        await using var trusted = await CloudWatchRig.ToStandInAsync(o => o with { CaBundle = right }, service);
        await using var untrusted = await CloudWatchRig.ToStandInAsync(o => o with { CaBundle = wrong }, service);
        var refused = await untrusted.Destination.SendAsync(Batches.Of("a"), TestContext.Current.CancellationToken);
        await trusted.SendAsync("a");

        Assert.Equal(["a"], trusted.Stored);
        Assert.Contains("SSL", Assert.IsType<SendResult.Unavailable>(refused).Reason, StringComparison.Ordinal);
    }
}
