namespace Sidecar.Adapter.Tests;

public sealed class AdapterSettingsTests
{
    private const string Web = "ADAPTER_PROBE_WEB=http://localhost:8080/health";

    [Theory]
    [InlineData("at least one probe is expected", "")]
    [InlineData("of one of the kinds http, https, file, process, tcp, port, unix, redis", "ADAPTER_PROBE_WEB=localhost:8080/health")]
    [InlineData("probes of the kind 'grpc' are not supported; supported are http,", "ADAPTER_PROBE_WEB=grpc://localhost:50051")]
    [InlineData("probes of the kind 'exec' are not supported", "ADAPTER_PROBE_WEB=exec:[\"/bin/true\"]")]
    [InlineData("probes of the kind 'push' are not supported", "ADAPTER_PROBE_WEB=push:")]
    [InlineData("a URL of the form", "ADAPTER_PROBE_WEB=http://")]
    [InlineData("a URL of the form", "ADAPTER_PROBE_WEB=http://localhost:99999/")]
    [InlineData("http://***@localhost/: a URL without user and password is expected", "ADAPTER_PROBE_WEB=http://bob:secret@localhost/")]
    [InlineData("a port is expected", "ADAPTER_PROBE_WEB=tcp://localhost")]
    [InlineData("a port from 1 to 65535", "ADAPTER_PROBE_WEB=port:0")]
    [InlineData("a port from 1 to 65535", "ADAPTER_PROBE_WEB=port:http")]
    [InlineData("a port from 1 to 65535", "ADAPTER_PROBE_WEB=port:80-90")]
    [InlineData("an absolute path", "ADAPTER_PROBE_WEB=file:heartbeat")]
    [InlineData("an absolute path", "ADAPTER_PROBE_WEB=file://host/heartbeat")]
    [InlineData("an absolute path", "ADAPTER_PROBE_WEB=unix:")]
    [InlineData("without its folder", "ADAPTER_PROBE_WEB=process:/usr/bin/java")]
    [InlineData("without its folder", "ADAPTER_PROBE_WEB=process:")]
    [InlineData("the name LIVE is reserved", "ADAPTER_PROBE_LIVE=process:x", Web)]
    [InlineData("a name has no underscore", "ADAPTER_PROBE_MY_WEB=http://localhost/")]
    [InlineData("applies to file only, and ADAPTER_PROBE_WEB is http", Web, "ADAPTER_PROBE_WEB_MAX_AGE=30s")]
    [InlineData("applies to process only", Web, "ADAPTER_PROBE_WEB_COUNT=2")]
    [InlineData("did you mean ADAPTER_PROBE_WEB_INTERVAL", Web, "ADAPTER_PROBE_WEB_INTERVALL=2s")]
    [InlineData("a duration needs a unit", Web, "ADAPTER_INTERVAL=5")]
    [InlineData("at most the interval (5s) is expected", Web, "ADAPTER_PROBE_WEB_TIMEOUT=6s")]
    [InlineData("numbers from 100 to 599", Web, "ADAPTER_PROBE_WEB_STATUS=2xx")]
    [InlineData("numbers from 100 to 599", Web, "ADAPTER_PROBE_WEB_STATUS=399-200")]
    [InlineData("regular expression", Web, "ADAPTER_PROBE_WEB_BODY=(")]
    [InlineData("a duration above 0", "ADAPTER_PROBE_BEAT=file:/tmp/beat", "ADAPTER_PROBE_BEAT_MAX_AGE=0")]
    [InlineData("no probe is called db; the probes are web", Web, "ADAPTER_READY=web;db")]
    [InlineData("a list of probes, separated by ;", Web, "ADAPTER_LIVE=web,db")]
    [InlineData("a list of probes, separated by ;", Web, "ADAPTER_GROUP_ALL=web & db")]
    [InlineData("at least one probe is expected", Web, "ADAPTER_GROUP_ALL=;")]
    [InlineData("share one namespace", Web, "ADAPTER_GROUP_WEB=web")]
    [InlineData("the name READY is reserved", Web, "ADAPTER_GROUP_READY=web")]
    [InlineData("readable", "ADAPTER_PROBE_WEB=https://localhost/", "ADAPTER_PROBE_WEB_TLS_CA_FILE=/nowhere/ca.pem")]
    [InlineData("at least one certificate in PEM form", "ADAPTER_PROBE_WEB=https://localhost/", "ADAPTER_PROBE_WEB_TLS_CA_FILE=/etc/hostname")]
    public async Task What_is_wrong_is_said_at_start_with_exit_code_64(string expected, params string[] environment)
    {
        var (exitCode, text) = await CheckAsync(environment);

        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Equal(64, exitCode);
    }

    [Theory]
    [InlineData("probe web: GET http://localhost:8080/health, expects status 200-399; every 5s, time-out 2s; down at most 15s after a hang", Web)]
    [InlineData("every 1s, time-out 1s", Web, "ADAPTER_INTERVAL=1s")]
    [InlineData("group live (/health/live): beat, web; up unless one is down", Web, "ADAPTER_PROBE_BEAT=file:/tmp/beat", "ADAPTER_PROBE_DB=redis://db.example.com")]
    [InlineData("group ready (/health/ready): beat, db, web; up when all are up", Web, "ADAPTER_PROBE_BEAT=file:/tmp/beat", "ADAPTER_PROBE_DB=redis://db.example.com")]
    [InlineData("group startup (/health/startup): web; up once all were up", Web, "ADAPTER_PROBE_P=port:80", "ADAPTER_READY=WEB")]
    [InlineData("group live (/health/live): no probe, so it is always up", "ADAPTER_PROBE_DB=tcp://db.example.com:5432")]
    [InlineData("warning: db is outside the pod", Web, "ADAPTER_PROBE_DB=tcp://db.example.com:5432", "ADAPTER_LIVE=db")]
    [InlineData("down at most 45s after a hang", "ADAPTER_PROBE_BEAT=file:/tmp/beat", "ADAPTER_PROBE_BEAT_MAX_AGE=30s")]
    public async Task Check_says_what_would_happen(string expected, params string[] environment)
    {
        var (exitCode, text) = await CheckAsync(environment);

        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private static Task<(int ExitCode, string Text)> CheckAsync(string[] environment) =>
        RunningAdapter.CommandAsync(
            ["check"],
            [.. environment.Where(entry => entry.Length > 0).Select(entry => entry.Split('=', 2)).Select(parts => (parts[0], parts[1]))]);
}
