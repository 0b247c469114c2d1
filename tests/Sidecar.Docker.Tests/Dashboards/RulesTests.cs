using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Dashboards;

/// The rules for Prometheus: it takes them, their own tests hold, and an alert says what to do.
public sealed class RulesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static IEnumerable<Yaml> Alerts => Dashboards.RuleEntries().Where(rule => rule["alert"].IsThere);

    [Theory]
    [InlineData("check", Dashboards.Rules)]
    [InlineData("test", Dashboards.RuleTests)]
    public async Task Promtool_agrees(string command, string file)
    {
        if (await ShortProgram.RunAsync("promtool", Dashboards.Folder, [command, "rules", file], Cancellation) is not { } said)
        {
            Assert.Skip("promtool is not on this machine (apt: prometheus)");
            return;
        }

        Assert.True(said.Code == 0, said.Said);
    }

    [Fact]
    public void Every_alert_says_what_happened_where_and_what_to_do()
    {
        Assert.True(Alerts.Count() > 20, $"only {Alerts.Count()} alerts were found");
        foreach (var alert in Alerts)
        {
            Assert.Contains(alert["labels"]["severity"].Text, (string[])["critical", "warning", "info"]);
            Assert.Contains("$labels.instance", alert["annotations"]["summary"].Text, StringComparison.Ordinal);
            Assert.True(alert["annotations"]["description"].Text.Length > 60, alert["alert"].Text);
        }
    }

    [Fact]
    public void Every_alert_has_a_test_of_when_it_is_silent_and_when_it_speaks()
    {
        var tests = Yaml.Documents(File.ReadAllText(Path.Combine(Dashboards.Folder, Dashboards.RuleTests))).Single()["tests"].Items.ToArray();
        foreach (var name in Alerts.Select(alert => alert["alert"].Text))
        {
            var looks = tests.Single(test => test["name"].Text == name)["promql_expr_test"].Items.ToArray();
            Assert.All(looks, look => Assert.Equal($"ALERTS{{alertname=\"{name}\", alertstate=\"firing\"}}", look["expr"].Text));
            Assert.Contains(looks, look => !look["exp_samples"].IsThere);
            Assert.Contains(looks, look => look["exp_samples"].Items.Count() == 1);
        }
    }
}
