using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Tests.Settings;

public sealed class SettingsTextTests
{
    [Fact]
    public void The_effective_settings_say_where_each_value_comes_from()
    {
        var lines = SettingsText.Effective(SampleSettings.Run(("ADAPTER_LOG_LEVEL", "debug"), ("ADAPTER_PROBE_WEB", "http://h"), ("ADAPTER_INTERVAL", "7s"))).ToArray();

        Assert.Contains("SIDECAR_LOG_LEVEL=debug  # from ADAPTER_LOG_LEVEL", lines);
        Assert.Contains("ADAPTER_POLL_INTERVAL=250ms  # default", lines);
        Assert.Contains("ADAPTER_PROBE_WEB_INTERVAL=7s  # from ADAPTER_INTERVAL", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("ADAPTER_PROBE_WEB_MAX_AGE", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_variable_of_the_schema_stands_in_the_table_and_on_the_page()
    {
        var schema = SampleSettings.Schema();
        var all = schema.Plain.Concat(schema.Kinds.SelectMany(kind => kind.Settings.Prepend(kind))).Select(setting => setting.Variable).ToArray();

        var table = SettingsText.Table(schema);
        var page = SettingsText.Markdown(schema, isShared: false) + SettingsText.Markdown(schema, isShared: true);

        Assert.All(all, variable => Assert.Contains(variable + "  [", table));
        Assert.All(all, variable => Assert.Contains($"`{variable}`", page));
    }
}
