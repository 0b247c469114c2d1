using System.Text.Json;
using Sidecar.Testing;

namespace Sidecar.Docker.Tests.Dashboards;

/// The dashboards show what the agents tell: asked of a real Prometheus that scrapes them.
public sealed class DashboardTests(WatchedPod pod) : IClassFixture<WatchedPod>
{
    // Prometheus scrapes each second, and a rate wants two of them of a series that may begin late.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_panel_has_data_from_agents_that_work()
    {
        Need();
        var queries = Dashboards.Queries().ToArray();
        Assert.True(queries.Length > 60, $"only {queries.Length} queries were found");

        await Eventually.MatchAsync(
            async () =>
            {
                await pod.CallAsync();
                List<Dashboards.Query> empty = [];
                foreach (var query in queries)
                {
                    if (await pod.CountAsync(query.Filled) == 0)
                        empty.Add(query);
                }
                return empty;
            },
            empty => empty.Count == 0,
            Patience,
            Cancellation);
    }

    [Fact]
    public async Task Every_name_in_a_rule_is_one_that_the_agents_tell()
    {
        Need();
        var asked = Dashboards.RuleEntries().SelectMany(rule => Dashboards.Series(rule["expr"].Text)).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("sidecar_logs_backlog_age_seconds", asked);

        await Eventually.MatchAsync(
            async () =>
            {
                await pod.CallAsync();
                return asked.Except(await pod.NamesAsync()).ToArray();
            },
            missing => missing.Length == 0,
            Patience,
            Cancellation);
    }

    [Fact]
    public void Dashboards_need_nothing_but_Grafana_and_a_Prometheus()
    {
        Assert.Equal(["adapter.json", "ambassador.json", "logs.json", "pod.json"], Dashboards.Names);
        foreach (var panel in Dashboards.Names.SelectMany(Dashboards.Panels))
        {
            Assert.Contains(panel.GetProperty("type").GetString(), (string[])["timeseries", "stat", "state-timeline"]);
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.Equal("${datasource}", target.GetProperty("datasource").GetProperty("uid").GetString()));
        }
        Assert.Equal(4, Dashboards.Names.Select(name => Dashboards.Read(name).GetProperty("uid").GetString()).Distinct().Count());
    }

    [Fact]
    public void No_panel_covers_another()
    {
        foreach (var name in Dashboards.Names)
        {
            var places = Dashboards.Read(name).GetProperty("panels").EnumerateArray().Select(panel => panel.GetProperty("gridPos")).ToArray();
            Assert.All(places, place => Assert.InRange(Of(place, "x") + Of(place, "w"), 1, 24));
            for (var one = 0; one < places.Length; one++)
                Assert.DoesNotContain(places[(one + 1)..], other => Overlap(places[one], other));
        }
    }

    private static bool Overlap(JsonElement one, JsonElement other) =>
        Of(one, "x") < Of(other, "x") + Of(other, "w") && Of(other, "x") < Of(one, "x") + Of(one, "w")
        && Of(one, "y") < Of(other, "y") + Of(other, "h") && Of(other, "y") < Of(one, "y") + Of(one, "h");

    private static int Of(JsonElement place, string name) => place.GetProperty(name).GetInt32();

    private void Need()
    {
        if (pod.Trouble is { } trouble)
            Assert.Skip(trouble);
    }
}
