using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.Settings;

public sealed class SettingsReaderTests
{
    [Fact]
    public void What_is_not_set_has_its_default_and_an_empty_value_is_not_set()
    {
        var settings = SampleSettings.Run(("ADAPTER_POLL_INTERVAL", ""));

        Assert.Equal(TimeSpan.FromMilliseconds(250), settings.Get(SampleSettings.PollInterval));
        Assert.False(settings.IsSet(SampleSettings.PollInterval));
        Assert.Empty(settings.Faults);
    }

    [Fact]
    public void All_faults_are_reported_at_once_each_with_variable_value_expectation_and_example()
    {
        var settings = SampleSettings.Run(("ADAPTER_POLL_INTERVAL", "5"), ("SIDECAR_SHUTDOWN_TIMEOUT", "2h"), ("SIDECAR_LOG_LEVEL", "loud"));

        Assert.Equal(
            [
                "SIDECAR_LOG_LEVEL=loud: trace, debug, info, warning or error is expected, for example SIDECAR_LOG_LEVEL=info",
                "SIDECAR_SHUTDOWN_TIMEOUT=2h: a duration from 1s to 1h is expected, for example SIDECAR_SHUTDOWN_TIMEOUT=25s",
                "ADAPTER_POLL_INTERVAL=5: a duration needs a unit (ms, s, m, h, d), for example ADAPTER_POLL_INTERVAL=250ms",
            ],
            settings.Faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void A_shared_setting_may_be_given_with_the_agents_own_prefix_which_wins()
    {
        var settings = SampleSettings.Run(("SIDECAR_LOG_LEVEL", "error"), ("ADAPTER_LOG_LEVEL", "debug"));

        Assert.Equal(LogLevelName.Debug, settings.Get(SharedSettings.LogLevel));
    }

    [Fact]
    public void A_renamed_setting_is_still_understood_and_the_new_name_is_said()
    {
        var settings = SampleSettings.Check(("ADAPTER_LOOK_EVERY", "1s"), ("ADAPTER_PROBE_WEB", "http://h"), ("ADAPTER_PROBE_WEB_EVERY", "9s"));

        Assert.Empty(settings.Faults);
        Assert.Equal(1, settings.Get(SampleSettings.PollInterval).TotalSeconds);
        Assert.Equal(9, settings.Named(SampleSettings.Probe).Single().Get(SampleSettings.Interval).TotalSeconds);
        Assert.Contains("ADAPTER_LOOK_EVERY: the variable is now called ADAPTER_POLL_INTERVAL; the old name is understood for two minor versions", settings.Warnings);
    }

    [Fact]
    public void A_named_thing_has_its_own_setting_else_the_one_for_all_else_the_default()
    {
        var settings = SampleSettings.Run(
            ("ADAPTER_PROBE_WEB", "http://localhost"), ("ADAPTER_PROBE_WEB_INTERVAL", "1s"), ("ADAPTER_PROBE_DB", "tcp://db:1"), ("ADAPTER_INTERVAL", "7s"));
        var plain = SampleSettings.Run(("ADAPTER_PROBE_WEB", "http://localhost"));

        Assert.Equal(["db", "web"], settings.Named(SampleSettings.Probe).Select(probe => probe.Name));
        Assert.Equal([7, 1], settings.Named(SampleSettings.Probe).Select(probe => probe.Get(SampleSettings.Interval).TotalSeconds));
        Assert.Equal(5, plain.Named(SampleSettings.Probe).Single().Get(SampleSettings.Interval).TotalSeconds);
        Assert.Empty(settings.Faults);
    }

    [Theory]
    [InlineData("ADAPTER_PROBE_ORDERS_DB", "a name has no underscore")]
    [InlineData("ADAPTER_PROBE_orders", "no lower case")]
    [InlineData("ADAPTER_PROBE_WEB_INTERVAL", "ADAPTER_PROBE_WEB is expected")]
    [InlineData("ADAPTER_PROBE_WEB_PASSWORD_FILE", "ADAPTER_PROBE_WEB is expected")]
    [InlineData("ADAPTER_PROBE_LIVE", "the name LIVE is reserved")]
    [InlineData("ADAPTER_POLL_INTERVALL", "did you mean ADAPTER_POLL_INTERVAL?")]
    [InlineData("ADAPTER_PLOL_INTERVAL", "did you mean ADAPTER_POLL_INTERVAL?")]
    [InlineData("adapter_poll_interval", "did you mean ADAPTER_POLL_INTERVAL?")]
    [InlineData("SIDECAR_LOG_LEVL", "did you mean SIDECAR_LOG_LEVEL?")]
    [InlineData("ADAPTER_PROB_WEB", "no such variable")]
    public void A_slip_of_the_pen_is_a_fault_with_what_was_probably_meant(string variable, string expected)
    {
        var settings = SampleSettings.Check((variable, "5s"));

        Assert.Contains(expected, Assert.Single(settings.Faults).ToString());
    }

    [Fact]
    public void An_unknown_setting_of_a_thing_that_exists_is_a_fault_also_for_run()
    {
        var settings = SampleSettings.Run(("ADAPTER_PROBE_WEB", "http://localhost"), ("ADAPTER_PROBE_WEB_INTERVALS", "5s"));

        Assert.Contains("did you mean ADAPTER_PROBE_WEB_INTERVAL?", Assert.Single(settings.Faults).ToString());
    }

    [Theory]
    [InlineData(null, false, 0, 1)]
    [InlineData(null, true, 1, 0)]
    [InlineData("true", false, 1, 0)]
    [InlineData("false", true, 0, 1)]
    public void A_stranger_under_our_prefix_is_a_warning_for_run_and_a_fault_for_check_unless_strict_says_otherwise(
        string? strict, bool isCheck, int faults, int warnings)
    {
        var settings = SampleSettings.Read(isCheck, ("ADAPTER_COMPLETELY_ELSE", "x"), ("SIDECAR_STRICT", strict ?? ""), ("OTHER_THING", "x"), ("LOGS_THING", "x"));

        Assert.Equal((faults, warnings), (settings.Faults.Count, settings.Warnings.Count));
        Assert.Equal(warnings, settings.UnknownVariables);
    }

    [Fact]
    public void A_service_link_of_kubernetes_is_ignored_and_said_once()
    {
        var settings = SampleSettings.Check(
            ("ADAPTER_PORT", "tcp://10.0.0.1:80"), ("ADAPTER_SERVICE_HOST", "10.0.0.1"), ("ADAPTER_SERVICE_PORT", "80"),
            ("ADAPTER_SERVICE_PORT_HTTP", "80"), ("ADAPTER_PORT_80_TCP", "tcp://10.0.0.1:80"), ("ADAPTER_PORT_80_TCP_PROTO", "tcp"),
            ("ADAPTER_PORT_80_TCP_PORT", "80"), ("ADAPTER_PORT_80_TCP_ADDR", "10.0.0.1"));

        Assert.Empty(settings.Faults);
        Assert.Contains("service link", Assert.Single(settings.Warnings));
    }

    [Fact]
    public void Under_a_named_thing_a_service_link_is_believed_only_beside_its_services_host()
    {
        var link = ("ADAPTER_PROBE_WEB_PORT", "tcp://10.0.0.1:80");

        Assert.NotEmpty(SampleSettings.Run(link, ("ADAPTER_PROBE_WEB", "http://localhost")).Faults);
        Assert.Empty(SampleSettings.Run(link, ("ADAPTER_PROBE_WEB", "http://localhost"), ("ADAPTER_PROBE_WEB_SERVICE_HOST", "10.0.0.1")).Faults);
    }

    [Fact]
    public void A_setting_given_where_it_does_not_apply_is_a_fault()
    {
        var settings = SampleSettings.Run(("ADAPTER_PROBE_WEB", "http://localhost"), ("ADAPTER_PROBE_WEB_MAX_AGE", "5s"));

        Assert.Contains("applies to file only, and ADAPTER_PROBE_WEB is http", Assert.Single(settings.Faults).ToString());
    }

    [Fact]
    public void A_secret_can_be_given_as_a_file_and_never_shows()
    {
        using var volume = new TempVolume();
        var path = volume.Write("token", "  hush-hush\n");

        var settings = SampleSettings.Run(
            ("ADAPTER_TOKEN_FILE", path), ("ADAPTER_PROBE_WEB", "http://localhost"), ("ADAPTER_PROBE_WEB_PASSWORD", "open-sesame"), ("ADAPTER_ROUTE_CACHE", "redis://u:p4ss@h"));
        var shown = string.Join('\n', SettingsText.Effective(settings).Concat(SettingsText.Given(settings)));

        Assert.Equal("hush-hush", settings.Get(SampleSettings.Token)!.Current);
        Assert.Equal("open-sesame", settings.Named(SampleSettings.Probe).Single().Get(SampleSettings.Password)!.Current);
        Assert.DoesNotContain("hush", shown);
        Assert.DoesNotContain("sesame", shown);
        Assert.DoesNotContain("p4ss", shown);
        Assert.Contains("from ADAPTER_TOKEN_FILE", shown);
    }

    [Fact]
    public void A_named_things_secret_value_can_come_from_a_file()
    {
        using var volume = new TempVolume();
        var path = volume.Write("url", "redis://u:p@h\n");

        var settings = SampleSettings.Run(("ADAPTER_ROUTE_CACHE_FILE", path));

        Assert.Equal("redis://u:p@h", settings.Named(SampleSettings.Route).Single().Value);
        Assert.Empty(settings.Faults);
    }

    [Theory]
    [InlineData("ADAPTER_TOKEN_FILE")]
    [InlineData("ADAPTER_CA_FILE")]
    public void A_file_that_cant_be_read_is_a_fault_that_says_why(string variable)
    {
        var settings = SampleSettings.Run((variable, "/no/such/file"));

        Assert.Equal($"{variable}=/no/such/file: a readable file is expected (no such directory)", Assert.Single(settings.Faults).ToString());
    }

    [Fact]
    public void A_secret_and_its_file_at_once_are_a_fault()
    {
        var settings = SampleSettings.Run(("ADAPTER_TOKEN", "a"), ("ADAPTER_TOKEN_FILE", "/x"));

        Assert.Contains("either this or ADAPTER_TOKEN is expected", Assert.Single(settings.Faults).ToString());
    }

    [Fact]
    public void Of_one_variable_only_the_first_fault_is_told()
    {
        var settings = SampleSettings.Run(("ADAPTER_POLL_INTERVAL", "5"));

        settings.Fault("ADAPTER_POLL_INTERVAL", null, "a poll interval is needed");

        Assert.Contains("needs a unit", Assert.Single(settings.Faults).ToString());
    }

    [Fact]
    public void A_fault_is_one_line_whatever_the_value_holds()
    {
        var settings = SampleSettings.Run(("ADAPTER_POLL_INTERVAL", "5\n6\t\u001b[31m" + new string('x', 5000)));

        var line = Assert.Single(settings.Faults).ToString();
        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain('\u001b', line);
        Assert.InRange(line.Length, 1, 500);
    }
}
