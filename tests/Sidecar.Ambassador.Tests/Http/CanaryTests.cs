using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

public sealed class CanaryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_canary_gets_its_share_and_those_that_ask_for_it()
    {
        await using var stable = await HttpBackend.StartAsync("stable");
        await using var canary = await HttpBackend.StartAsync("canary");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            stable.Url, ("CANARY", $"127.0.0.1:{canary.Port}"), ("CANARY_WEIGHT", "20"), ("CANARY_HEADER", "X-Canary"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 1000; i++) await client.GetStringAsync("/", Cancellation);
        Assert.InRange(canary.Requests, 140, 260);
        client.DefaultRequestHeaders.Add("X-Canary", "true");
        for (var i = 0; i < 20; i++) Assert.Equal("canary", await client.GetStringAsync("/", Cancellation));
        client.DefaultRequestHeaders.Remove("X-Canary");
        client.DefaultRequestHeaders.Add("X-Canary", "false");
        for (var i = 0; i < 20; i++) Assert.Equal("stable", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task The_weight_in_a_file_changes_without_a_restart_and_what_is_none_changes_nothing()
    {
        using var volume = new TempVolume();
        var file = volume.Write("weight", "0\n");
        await using var blue = await HttpBackend.StartAsync("blue");
        await using var green = await HttpBackend.StartAsync("green");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(blue.Url, ("CANARY", green.Url), ("CANARY_WEIGHT_FILE", file));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 20; i++) Assert.Equal("blue", await client.GetStringAsync("/", Cancellation));
        volume.Write("weight", "100");
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "green");
        volume.Write("weight", "all of it");
        var until = TimeProvider.System.GetUtcNow() + Secret.FollowInterval * 1.5;
        while (TimeProvider.System.GetUtcNow() < until) Assert.Equal("green", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task With_all_the_weight_everything_goes_to_the_new_version_and_back_when_that_is_gone()
    {
        await using var blue = await HttpBackend.StartAsync("blue");
        await using var green = await HttpBackend.StartAsync("green");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(blue.Url, ("CANARY", green.Url), ("CANARY_WEIGHT", "100"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 20; i++) Assert.Equal("green", await client.GetStringAsync("/", Cancellation));
        await green.KillAsync();
        for (var i = 0; i < 20; i++) Assert.Equal("blue", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task A_file_turns_from_one_version_to_the_other_without_a_restart()
    {
        using var volume = new TempVolume();
        await using var blue = await HttpBackend.StartAsync("blue");
        await using var green = await HttpBackend.StartAsync("green");
        var path = volume.Write("orders", $"127.0.0.1:{blue.Port}\n127.0.0.1:{green.Port} canary\n");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync("http://orders", ("ENDPOINTS_FILE", path));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        for (var i = 0; i < 20; i++) Assert.Equal("blue", await client.GetStringAsync("/", Cancellation));

        volume.Write("orders", $"127.0.0.1:{green.Port}\n127.0.0.1:{blue.Port} canary\n");
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "green");

        for (var i = 0; i < 20; i++) Assert.Equal("green", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(Endpoint.CanaryPriority, ambassador.Upstream().Endpoints.All.Single(endpoint => endpoint.Address.Port == blue.Port).Priority);
    }
}
