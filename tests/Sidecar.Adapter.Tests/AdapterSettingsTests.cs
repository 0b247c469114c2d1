namespace Sidecar.Adapter.Tests;

public sealed class AdapterSettingsTests
{
    private const string Web = "ADAPTER_PROBE_WEB=http://localhost:8080/health";

    [Theory]
    [InlineData("at least one probe is expected", "")]
    [InlineData("of one of the kinds http, https, file, process, pidfile, tcp, tls, port, unix, grpc, grpcs, redis, dns, exec, push", "ADAPTER_PROBE_WEB=localhost:8080/health")]
    [InlineData("probes of the kind 'ftp' are not supported; supported are http,", "ADAPTER_PROBE_WEB=ftp://localhost")]
    [InlineData("a port is expected", "ADAPTER_PROBE_WEB=grpc://localhost")]
    [InlineData("a host name is expected", "ADAPTER_PROBE_WEB=dns:")]
    [InlineData("one of _CMDLINE, _EXE and _USER is expected", "ADAPTER_PROBE_WEB=process:*")]
    [InlineData("a user id, a number, is expected", "ADAPTER_PROBE_WEB=process:x", "ADAPTER_PROBE_WEB_USER=bob")]
    [InlineData("any number is right, so the probe asserts nothing", "ADAPTER_PROBE_WEB=process:x", "ADAPTER_PROBE_WEB_COUNT=0-")]
    [InlineData("any number is right, so the probe asserts nothing", "ADAPTER_PROBE_WEB=dns:orders.internal", "ADAPTER_PROBE_WEB_COUNT=3-;0-5")]
    [InlineData("any text matches, so the condition asserts nothing", Web, "ADAPTER_PROBE_WEB_BODY=.*")]
    [InlineData("any text matches, so the condition asserts nothing", "ADAPTER_PROBE_WEB=tcp://localhost:1", "ADAPTER_PROBE_WEB_EXPECT=(OK)?")]
    [InlineData("a link-local or loopback address is expected", Web, "ADAPTER_METRICS_POD=auto", "ECS_CONTAINER_METADATA_URI_V4=http://10.0.0.9/v4/x")]
    [InlineData("off or auto is expected", Web, "ADAPTER_METRICS_POD=all")]
    [InlineData("one of spring, aspnet, microprofile, health+json, sidecar is expected", Web, "ADAPTER_PROBE_WEB_PRESET=struts")]
    [InlineData("a path into JSON is expected", Web, "ADAPTER_PROBE_WEB_JSON=status = UP")]
    [InlineData("a path, what has to hold", Web, "ADAPTER_PROBE_WEB_JSON=$.status")]
    [InlineData("a number is expected after <", Web, "ADAPTER_PROBE_WEB_JSON=$.queue < many")]
    [InlineData("headers are expected, Name: value", Web, "ADAPTER_PROBE_WEB_HEADERS=X-Key secret")]
    [InlineData("ADAPTER_PROBE_WEB_HEADERS=***: headers of a question that has no body are expected, and Content-Length is not one", Web, "ADAPTER_PROBE_WEB_HEADERS=X-Key: a; Content-Length: 5")]
    [InlineData("and content-type is not one", Web, "ADAPTER_PROBE_WEB_HEADERS=content-type: secret")]
    [InlineData("and Transfer-Encoding is not one", Web, "ADAPTER_PROBE_WEB_HEADERS=Transfer-Encoding: chunked")]
    [InlineData("headers are expected, Name: value", Web, "ADAPTER_PROBE_WEB_HEADERS=X(secret): 5")]
    [InlineData("expected, not both", Web, "ADAPTER_PROBE_WEB_BASIC=bob:secret", "ADAPTER_PROBE_WEB_BEARER=secret")]
    [InlineData("without it nothing is asked by HTTP", "ADAPTER_PROBE_WEB=unix:/run/app.sock", "ADAPTER_PROBE_WEB_STATUS=200")]
    [InlineData("an absolute path is expected", "ADAPTER_PROBE_WEB=unix:/run/app.sock", "ADAPTER_PROBE_WEB_HTTP_PATH=health")]
    [InlineData("a certificate for the key is expected", "ADAPTER_PROBE_WEB=https://localhost/", "ADAPTER_PROBE_WEB_TLS_KEY_FILE=/etc/hostname")]
    [InlineData("a certificate in PEM form is expected", "ADAPTER_PROBE_WEB=https://localhost/", "ADAPTER_PROBE_WEB_TLS_CERT_FILE=/etc/hostname")]
    [InlineData("a file that has to be absent", "ADAPTER_PROBE_LOCK=file:/tmp/lock", "ADAPTER_PROBE_LOCK_ABSENT=true", "ADAPTER_PROBE_LOCK_MAX_AGE=5s")]
    [InlineData("as its only escapes", "ADAPTER_PROBE_DB=tcp://localhost:1", "ADAPTER_PROBE_DB_SEND=\\q")]
    [InlineData("a password is expected beside it", "ADAPTER_PROBE_DB=redis://localhost", "ADAPTER_PROBE_DB_USERNAME=bob")]
    [InlineData("words without quotes are expected, or a JSON array", "ADAPTER_PROBE_WEB=exec:/bin/sh -c 'exit 0'")]
    [InlineData("a JSON array of texts is expected", "ADAPTER_PROBE_WEB=exec:[\"/bin/true\",")]
    [InlineData("a JSON array of texts is expected", "ADAPTER_PROBE_WEB=exec:[1]")]
    [InlineData("a command is expected", "ADAPTER_PROBE_WEB=exec:")]
    [InlineData("boolean or nagios is expected", "ADAPTER_PROBE_WEB=exec:/bin/true", "ADAPTER_PROBE_WEB_EXIT=maybe")]
    [InlineData("how long a report holds is expected", "ADAPTER_PROBE_WEB=push:")]
    [InlineData("an absolute path is expected", "ADAPTER_PROBE_WEB=push:notify.sock")]
    [InlineData("ADAPTER_PROBE_B=push:///run//n.sock: a notify socket of its own is expected: ADAPTER_PROBE_A listens there", "ADAPTER_PROBE_A=push:/run/n.sock", "ADAPTER_PROBE_B=push:///run//n.sock")]
    [InlineData("ADAPTER_PROBE_BEAT_MAX_SIZE=2KiB: at least 10KiB is expected, what it has to have (ADAPTER_PROBE_BEAT_MIN_SIZE)", "ADAPTER_PROBE_BEAT=file:/tmp/beat", "ADAPTER_PROBE_BEAT_MIN_SIZE=10KiB", "ADAPTER_PROBE_BEAT_MAX_SIZE=2KiB")]
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
    [InlineData("ADAPTER_PROBE_: a name of capital letters and digits is expected: ADAPTER_PROBE_<NAME>, for example ADAPTER_PROBE_MAIN=http://localhost:8080/health\n", "ADAPTER_PROBE_=file:/x", Web)]
    [InlineData("ADAPTER_PROBE__INTERVAL: a name of capital letters and digits is expected", "ADAPTER_PROBE__INTERVAL=5s", Web)]
    [InlineData("ADAPTER_PROBE_WEB_BEARER=***: a token of printable ASCII is expected: a header carries nothing else", Web, "ADAPTER_PROBE_WEB_BEARER=secr\u00f6t")]
    [InlineData("a name has no underscore", "ADAPTER_PROBE_MY_WEB=http://localhost/")]
    [InlineData("applies to file, push only, and ADAPTER_PROBE_WEB is http", Web, "ADAPTER_PROBE_WEB_MAX_AGE=30s")]
    [InlineData("applies to process, dns only", Web, "ADAPTER_PROBE_WEB_COUNT=2")]
    [InlineData("did you mean ADAPTER_PROBE_WEB_INTERVAL", Web, "ADAPTER_PROBE_WEB_INTERVALL=2s")]
    [InlineData("a duration needs a unit", Web, "ADAPTER_INTERVAL=5")]
    [InlineData("numbers from 100 to 599", Web, "ADAPTER_PROBE_WEB_STATUS=2xx")]
    [InlineData("numbers from 100 to 599", Web, "ADAPTER_PROBE_WEB_STATUS=399-200")]
    [InlineData("regular expression", Web, "ADAPTER_PROBE_WEB_BODY=(")]
    [InlineData("a duration above 0", "ADAPTER_PROBE_BEAT=file:/tmp/beat", "ADAPTER_PROBE_BEAT_MAX_AGE=0")]
    [InlineData("no probe is called db; the probes are web", Web, "ADAPTER_READY=web;db")]
    [InlineData("probes joined by & and |", Web, "ADAPTER_LIVE=web,db")]
    [InlineData("no probe is called db; the probes are web", Web, "ADAPTER_GROUP_ALL=web & (db | web)")]
    [InlineData("db is outside of the app, and restarting that cures nothing there", Web, "ADAPTER_PROBE_DB=tcp://db.example.com:5432", "ADAPTER_LIVE=web & db")]
    [InlineData("at least 3 is expected", Web, "ADAPTER_PROBE_WEB_WINDOW=2")]
    [InlineData("200, 429 or 503 is expected", Web, "ADAPTER_DEGRADED_STATUS=204")]
    [InlineData("a port is expected", Web, "ADAPTER_GRPC_LISTEN=127.0.0.1")]
    [InlineData("at least one probe is expected", Web, "ADAPTER_GROUP_ALL=;")]
    [InlineData("ADAPTER_GROUP_ALL=web?: a probe without ? is expected: what only degrades is answered with 200 whatever is seen, so the group asserts nothing", Web, "ADAPTER_GROUP_ALL=web?")]
    [InlineData("so the group asserts nothing", Web, "ADAPTER_PROBE_DB=port:1", "ADAPTER_READY=db? | web")]
    [InlineData("so the group asserts nothing", Web, "ADAPTER_PROBE_DB=port:1", "ADAPTER_LIVE=web?;db?")]
    [InlineData("sidecar:ambassador, sidecar:logs or sidecar:<port of its admin pages> is expected", "ADAPTER_PROBE_WEB=sidecar:redis")]
    [InlineData("this is the adapter itself", "ADAPTER_PROBE_WEB=sidecar:9473")]
    [InlineData("logs is outside of the app", Web, "ADAPTER_PROBE_LOGS=sidecar:logs", "ADAPTER_LIVE=web & logs")]
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
    [InlineData("warning: db is outside of the app", Web, "ADAPTER_PROBE_DB=tcp://db.example.com:5432", "ADAPTER_LIVE=db", "ADAPTER_LIVE_OUTSIDE=allow")]
    [InlineData("group live (/health/live): web, db?; up unless one is down\n", Web, "ADAPTER_PROBE_DB=tcp://db.example.com:5432", "ADAPTER_LIVE=web & db?")]
    [InlineData("group ready (/health/ready): web, (a | b); up when all are up", Web, "ADAPTER_PROBE_A=port:1", "ADAPTER_PROBE_B=port:2", "ADAPTER_READY=web;a|b")]
    [InlineData("group all (/health/all): web?; up when all are up", Web, "ADAPTER_GROUP_ALL=web?", "ADAPTER_DEGRADED_STATUS=503")]
    [InlineData("probe logs: sidecar:logs, expects ready, by http://localhost:9471/readyz; every 5s", "ADAPTER_PROBE_LOGS=sidecar:logs")]
    [InlineData("group live (/health/live): web; up unless one is down", Web, "ADAPTER_PROBE_LOGS=sidecar:logs", "ADAPTER_PROBE_A=http://127.0.0.1:9472/readyz")]
    [InlineData("group live (/health/live): web; up unless one is down", "ADAPTER_PROBE_WEB=http://0.0.0.0:8080/")]
    [InlineData("group live (/health/live): web; up unless one is down", "ADAPTER_PROBE_WEB=tcp://[::]:8080")]
    [InlineData("first after 30s, then every 5s", Web, "ADAPTER_PROBE_WEB_INITIAL_DELAY=30s")]
    [InlineData("after a hang (3 of 5)", Web, "ADAPTER_WINDOW=5")]
    [InlineData("warning: ADAPTER_PROBE_WEB_TIMEOUT=6s: longer than the interval (5s), so a question that hangs delays the next one", Web, "ADAPTER_PROBE_WEB_TIMEOUT=6s")]
    [InlineData("time-out 6s; down at most 23s after a hang (3 in a row), up at most 17s after it ends (2 in a row)", Web, "ADAPTER_PROBE_WEB_TIMEOUT=6s", "ADAPTER_RISE=2")]
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
