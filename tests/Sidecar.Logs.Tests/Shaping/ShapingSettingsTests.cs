using Sidecar.Hosting.Settings;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs.Tests.Shaping;

public sealed class ShapingSettingsTests
{
    [Theory]
    [InlineData("LOGS_TIMESTAMP", "%Y", "the hour and the minute are missing")]
    [InlineData("LOGS_TIMESTAMP", "yyyy-MM-dd", "as strftime writes it")]
    [InlineData("LOGS_TIMEZONE", "Middle/Earth", "a time zone that this machine knows is expected")]
    [InlineData("LOGS_PARSE", "log5j", "log4j, logback, logfmt, syslog, nginx, python, dotnet or a regular expression with named groups")]
    [InlineData("LOGS_PARSE", "(?<=x)y", "this one has none")]
    [InlineData("LOGS_FORMAT", "xml", "text or json is expected")]
    [InlineData("LOGS_DROP", "(", "one regular expression is expected")]
    [InlineData("LOGS_KEEP", "[", "one regular expression is expected")]
    [InlineData("LOGS_REDACT", "email;phone", "not 'phone'")]
    [InlineData("LOGS_REDACT_PASSWORD", "(?<=x)y", "without look-around")]
    [InlineData("LOGS_SOURCE_WEB_DROP", "(", "one regular expression is expected")]
    public void A_wrong_value_is_one_fault_that_names_the_variable_and_what_is_expected(string variable, string value, string expected)
    {
        var (settings, _) = Read(new() { [variable] = value, ["LOGS_SOURCE_WEB"] = "/var/log/web.log" });

        var fault = Assert.Single(settings.Faults);
        Assert.Equal(variable, fault.Variable);
        Assert.Contains(expected, fault.ToString());
    }

    [Fact]
    public void A_source_has_its_own_settings_or_those_of_all_and_named_patterns_are_for_every_source()
    {
        var (settings, options) = Read(new()
        {
            ["LOGS_SOURCE_WEB"] = "/var/log/web.log",
            ["LOGS_SOURCE_WEB_TIMESTAMP"] = "%H:%M:%S",
            ["LOGS_SOURCE_WEB_REDACT"] = "bearer",
            ["LOGS_REDACT"] = "email;card;aws-key",
            ["LOGS_REDACT_PIN"] = "pin=(\\d+)",
            ["LOGS_DROP"] = "health",
        });

        Assert.Empty(settings.Faults);
        Assert.Equal([SecretKind.Email, SecretKind.Card, SecretKind.AwsKey], options["default"].Secrets);
        Assert.Equal([SecretKind.Bearer], options["web"].Secrets);
        Assert.All(options.Values, one => Assert.Equal("pin=(\\d+)", Assert.Single(one.SecretPatterns).ToString()));
        Assert.All(options.Values, one => Assert.Equal("health", one.Drop?.ToString()));
        Assert.Equal("%H:%M:%S", options["web"].Timestamp.ToString());
        Assert.Equal("auto", options["default"].Timestamp.ToString());
    }

    private static (BoundSettings Settings, IReadOnlyDictionary<string, ShapingOptions> Options) Read(Dictionary<string, string> environment)
    {
        var schema = new SettingsSchema("logs");
        schema.Add(LogsSettings.All);
        schema.Add(ShapingSettings.All);
        var settings = SettingsReader.Read(schema, environment, isCheck: true, TimeProvider.System);
        return (settings, ShapingPlan.Of(settings));
    }
}
