using Sidecar.Hosting;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests;

public sealed class AmbassadorSettingsTests
{
    [Fact]
    public void Check_says_what_would_happen()
    {
        var (settings, plan) = Compose(
            ("AMBASSADOR_ROUTE_ORDERS", "http://orders:8080,orders2:8080"), ("AMBASSADOR_ROUTE_ORDERS_LISTEN", "8081"),
            ("AMBASSADOR_ROUTE_DB", "tcp://db1:5432,db2:5432"), ("AMBASSADOR_ROUTE_DB_LISTEN", "127.0.0.1:5432;unix:/run/db.sock"),
            ("AMBASSADOR_HEALTH_INTERVAL", "2s"));

        Assert.Empty(settings.Faults);
        Assert.Equal(
            [
                "db: 127.0.0.1:5432, unix:/run/db.sock -> tcp://db1:5432, tcp://db2:5432 (the first that is up; checked by a connection every 2 s)",
                "orders: 127.0.0.1:8081, [::1]:8081 -> http://orders:8080, http://orders2:8080 (the less busy of two; checked by a connection every 2 s)",
            ],
            plan.Lines);
        Assert.Equal([5432, 8081], plan.OwnPorts.Order());
    }

    [Fact]
    public void Check_says_what_stands_in_for_a_service_that_fails()
    {
        var (settings, plan) = Compose(
            ("AMBASSADOR_ROUTE_ORDERS", "http://orders:8080"), ("AMBASSADOR_ROUTE_ORDERS_LISTEN", "127.0.0.1:8081"), ("AMBASSADOR_ROUTE_ORDERS_HEDGE", "p95"),
            ("AMBASSADOR_ROUTE_ORDERS_CACHE", "64KiB"), ("AMBASSADOR_ROUTE_ORDERS_STALE_IF_ERROR", "5m"), ("AMBASSADOR_ROUTE_ORDERS_BREAKER", "50"),
            ("AMBASSADOR_ROUTE_ORDERS_FALLBACK_STATUS", "204"));

        Assert.Empty(settings.Faults);
        Assert.Equal(
            "orders: 127.0.0.1:8081 -> http://orders:8080 (the less busy of two; checked by a connection every 5 s; a second asked after p95; answers kept in 65536 bytes, 5m longer for errors; "
            + "left for 5s when 50 % fail; else 204 of our own)",
            Assert.Single(plan.Lines));
    }

    [Theory]
    [InlineData("A=http://a:1 A_LISTEN=1 A_HEDGE=95", "AMBASSADOR_ROUTE_A_HEDGE=95: off, p50 to p99, or a duration above 0 and up to 1h is expected, for example AMBASSADOR_ROUTE_A_HEDGE=p95")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_HEDGE=p49", "AMBASSADOR_ROUTE_A_HEDGE=p49: off, p50 to p99, or a duration is expected")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_HEDGE=p95 A_RETRIES=0", "AMBASSADOR_ROUTE_A_HEDGE=p95: expected only with _RETRIES and _RETRY_BUDGET above 0: a hedge is one of them")]
    [InlineData("nothing set", "AMBASSADOR_ROUTE_<NAME>: at least one route is expected, with its _LISTEN, such as AMBASSADOR_ROUTE_ORDERS=http://orders:8080")]
    [InlineData("A=http://a:1", "AMBASSADOR_ROUTE_A_LISTEN: the address that the app connects to is expected, for example AMBASSADOR_ROUTE_A_LISTEN=6379")]
    [InlineData("A=http://a:1 A_LISTEN=http", "AMBASSADOR_ROUTE_A_LISTEN=http: a port (6379 is 127.0.0.1 and ::1), address:port, *:port, or unix:/path is expected, for example AMBASSADOR_ROUTE_A_LISTEN=6379")]
    [InlineData("A=htp://a:1 A_LISTEN=1", "AMBASSADOR_ROUTE_A=htp://a:1: expected a URL with one of the schemes redis, rediss,")]
    [InlineData("A=http://a:x A_LISTEN=1", "AMBASSADOR_ROUTE_A=http://a:x: expected a port between 1 and 65535 after the ':', for example AMBASSADOR_ROUTE_A=http://orders:8080")]
    [InlineData("A=http://u:s3cret@a:x A_LISTEN=1", "AMBASSADOR_ROUTE_A=http://***@a:x: expected a port between")]
    [InlineData("A=srv+redis://a A_LISTEN=1", "AMBASSADOR_ROUTE_A=srv+redis://a: srv+ is not served for Redis by this version")]
    [InlineData("A=http://a:1 A_LISTEN=1 B=tcp://b:1 B_LISTEN=*:1", "AMBASSADOR_ROUTE_B_LISTEN=*:1: AMBASSADOR_ROUTE_A listens there too")]
    [InlineData("A=http://127.0.0.1:2 A_LISTEN=1 B=http://b:1 B_LISTEN=2", "AMBASSADOR_ROUTE_A=http://127.0.0.1:2: 127.0.0.1:2 is a listener of the ambassador itself (AMBASSADOR_ROUTE_B_LISTEN)")]
    [InlineData("A=tcp://localhost:1 A_LISTEN=*:1", "localhost:1 is a listener of the ambassador itself (AMBASSADOR_ROUTE_A_LISTEN)")]
    [InlineData("A=http://u:s3cret@a:1 A_LISTEN=1 A_PASSWORD=s3cret", "AMBASSADOR_ROUTE_A_PASSWORD: expected either this or a user name and password in AMBASSADOR_ROUTE_A, not both")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_USERNAME=u", "AMBASSADOR_ROUTE_A_PASSWORD: expected beside a user name")]
    [InlineData("A=tcp://a:1 A_LISTEN=1 A_RETRIES=1", "AMBASSADOR_ROUTE_A_RETRIES=1: this setting applies to http only, and AMBASSADOR_ROUTE_A is tcp")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_TIMEOUT=5", "AMBASSADOR_ROUTE_A_TIMEOUT=5: ")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_BALANCE=best", "AMBASSADOR_ROUTE_A_BALANCE=best: p2c, first, round-robin, random, weighted or hash is expected")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_BALANCE=hash", "AMBASSADOR_ROUTE_A_HASH_ON: expected beside _BALANCE=hash, for example AMBASSADOR_ROUTE_A_HASH_ON=header:X-User")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_HASH_ON=user", "AMBASSADOR_ROUTE_A_HASH_ON=user: header:<name> or cookie:<name> is expected")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_BACKUP=b:x", "AMBASSADOR_ROUTE_A_BACKUP=b:x: expected a port between 1 and 65535 after the ':'")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_BACKUP=tcp://b:1", "AMBASSADOR_ROUTE_A_BACKUP=tcp://b:1: expected hosts that are spoken to as those of AMBASSADOR_ROUTE_A")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_BACKUP=u:s3cret@b:1", "AMBASSADOR_ROUTE_A_BACKUP=***@b:1: expected hosts that are spoken to as those of AMBASSADOR_ROUTE_A")]
    [InlineData("A=tcp://a:1 A_LISTEN=1 A_CANARY=b:1", "AMBASSADOR_ROUTE_A_CANARY=b:1: this setting applies to http only, and AMBASSADOR_ROUTE_A is tcp")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_CANARY_WEIGHT=101", "AMBASSADOR_ROUTE_A_CANARY_WEIGHT=101: a whole number from 0 to 100 is expected")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_RATE_LIMIT=100", "AMBASSADOR_ROUTE_A_RATE_LIMIT=100: a number of requests a second, minute or hour, as 100/s, 600/m or 1000/h is expected, for example AMBASSADOR_ROUTE_A_RATE_LIMIT=100/s")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_ENDPOINTS_FILE=/none", "AMBASSADOR_ROUTE_A_ENDPOINTS_FILE=/none: a readable file is expected (no such file)")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_HEALTH_PATH=health", "AMBASSADOR_ROUTE_A_HEALTH_PATH=health: a path that begins with '/'")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_BREAKER=101", "AMBASSADOR_ROUTE_A_BREAKER=101: a whole number from 0 to 100 is expected")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_BREAKER_TIME=1ms", "AMBASSADOR_ROUTE_A_BREAKER_TIME=1ms: ")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_STALE_IF_ERROR=5m", "AMBASSADOR_ROUTE_A_CACHE: expected beside _STALE_IF_ERROR: what is not kept can't stand in for anything, for example AMBASSADOR_ROUTE_A_CACHE=64MiB")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_CACHE=64", "AMBASSADOR_ROUTE_A_CACHE=64: ")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_FALLBACK_STATUS=199", "AMBASSADOR_ROUTE_A_FALLBACK_STATUS=199: a status from 200 to 599, but not 304, is expected")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_FALLBACK_BODY_FILE=/none", "AMBASSADOR_ROUTE_A_FALLBACK_BODY_FILE=/none: a readable file is expected (no such file)")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_FALLBACK_CONTENT_TYPE=text/html", "AMBASSADOR_ROUTE_A_FALLBACK_BODY_FILE: expected beside _FALLBACK_CONTENT_TYPE, for example AMBASSADOR_ROUTE_A_FALLBACK_BODY_FILE=/etc/fallback/prices.json")]
    [InlineData("A=http://a:1 A_LISTEN=1 B=http://b:1 B_LISTEN=1", "AMBASSADOR_ROUTE_B_LISTEN=127.0.0.1:1: AMBASSADOR_ROUTE_A listens there too and takes the same requests (any host and any path); expected an address of its own, or _HOSTS or _PATHS that tell the two apart")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_HOSTS=x;y A_PATHS=/a/;/b B=http://b:1 B_LISTEN=1 B_HOSTS=Y B_PATHS=/c;/b", "AMBASSADOR_ROUTE_A listens there too and takes the same requests (host y and path /b)")]
    [InlineData("A=http://a:1 A_LISTEN=*:1 A_PATHS=/a B=http://b:1 B_LISTEN=127.0.0.1:1", "AMBASSADOR_ROUTE_B_LISTEN=127.0.0.1:1: AMBASSADOR_ROUTE_A listens on a part of it; expected the same address, to share it, or one of its own")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_HOSTS=a*b", "AMBASSADOR_ROUTE_A_HOSTS=a*b: host names, or *.suffix for all below one, split at newlines if there is one, else at ; ('a*b' is none) are expected, for example AMBASSADOR_ROUTE_A_HOSTS=shop.internal;*.shop.internal")]
    [InlineData("A=http://a:1 A_LISTEN=1 A_PATHS=/a/**", "AMBASSADOR_ROUTE_A_PATHS=/a/**: beginnings of paths in whole segments, without wildcards")]
    [InlineData("A=tcp://a:1 A_LISTEN=1 A_PATHS=/a", "AMBASSADOR_ROUTE_A_PATHS=/a: this setting applies to http only, and AMBASSADOR_ROUTE_A is tcp")]
    [InlineData("A=redis://a A_LISTEN=*:6379", "AMBASSADOR_ROUTE_A_LISTEN=*:6379: a loopback address or a unix socket is expected: others than this machine could use Redis there (AMBASSADOR_ROUTE_A_LISTEN_EXPOSE=true allows it)")]
    [InlineData("A=redis://a A_LISTEN=6379;10.0.0.1:6379", "AMBASSADOR_ROUTE_A_LISTEN=10.0.0.1:6379: a loopback address or a unix socket is expected")]
    [InlineData("A=http://a A_LISTEN=1 A_LISTEN_EXPOSE=true", "AMBASSADOR_ROUTE_A_LISTEN_EXPOSE=true: this setting applies to redis only")]
    [InlineData("A=http://a A_LISTEN=1 A_LISTEN_MODE=0660", "AMBASSADOR_ROUTE_A_LISTEN_MODE: expected only beside a unix socket in AMBASSADOR_ROUTE_A_LISTEN")]
    [InlineData("A=http://a A_LISTEN=unix:/a A_LISTEN_MODE=rw-rw----", "AMBASSADOR_ROUTE_A_LISTEN_MODE=rw-rw----: an octal file mode of three digits, with or without a 0 in front, is expected")]
    [InlineData("A=redis://a A_LISTEN=1 A_DENY=KEYS;FLUSH,ALL", "AMBASSADOR_ROUTE_A_DENY=KEYS;FLUSH,ALL: names of commands, each alone or with one subcommand behind a '|', are expected ('FLUSH,ALL' is none), for example AMBASSADOR_ROUTE_A_DENY=FLUSHALL;CONFIG|SET;KEYS")]
    [InlineData("A=redis://a A_LISTEN=1 A_SENTINEL_PASSWORD=s3cret", "AMBASSADOR_ROUTE_A_SENTINEL_PASSWORD: expected only beside redis+sentinel:// or rediss+sentinel://")]
    [InlineData("A=redis+sentinel://a/m A_LISTEN=1 A_SENTINEL_USERNAME=u", "AMBASSADOR_ROUTE_A_SENTINEL_PASSWORD: expected beside a user name")]
    [InlineData("A=redis://a A_LISTEN=1 A_TLS_INSECURE=true", "AMBASSADOR_ROUTE_A_TLS_INSECURE: expected only beside rediss://, rediss+sentinel:// or rediss+cluster:// (AMBASSADOR_ROUTE_A does not encrypt)")]
    [InlineData("A=rediss://a A_LISTEN=1 A_TLS_SERVER_NAME=a/b", "AMBASSADOR_ROUTE_A_TLS_SERVER_NAME=a/b: a host name is expected")]
    [InlineData("A=rediss://a A_LISTEN=1 A_TLS_CA_FILE=/none", "AMBASSADOR_ROUTE_A_TLS_CA_FILE=/none: a readable file is expected (no such file)")]
    [InlineData("A=rediss://a A_LISTEN=1 A_TLS_CA_FILE=/etc/hostname", "AMBASSADOR_ROUTE_A_TLS_CA_FILE=/etc/hostname: a file with certificates in PEM form is expected")]
    [InlineData("A=rediss://a A_LISTEN=1 A_TLS_CERT_FILE=/etc/hostname", "AMBASSADOR_ROUTE_A_TLS_KEY_FILE: expected beside AMBASSADOR_ROUTE_A_TLS_CERT_FILE, for example AMBASSADOR_ROUTE_A_TLS_KEY_FILE=/secrets/tls.key")]
    [InlineData("A=rediss://a A_LISTEN=1 A_TLS_CERT_FILE=/etc/hostname A_TLS_KEY_FILE=/etc/hostname", "AMBASSADOR_ROUTE_A_TLS_CERT_FILE=/etc/hostname: a certificate in PEM form is expected, whose unencrypted key is in /etc/hostname")]
    [InlineData("A=http://a A_LISTEN=1 A_TLS_CA_FILE=/etc/hostname", "AMBASSADOR_ROUTE_A_TLS_CA_FILE: expected only beside https:// (AMBASSADOR_ROUTE_A does not encrypt)")]
    [InlineData("A=https://a A_LISTEN=1 A_TLS_MIN_VERSION=1.1", "AMBASSADOR_ROUTE_A_TLS_MIN_VERSION=1.1: 1.2 or 1.3 is expected, for example AMBASSADOR_ROUTE_A_TLS_MIN_VERSION=1.3")]
    [InlineData("A=http://u:s3cret@a A_LISTEN=1 A_BEARER=s3cret", "AMBASSADOR_ROUTE_A_BEARER: expected either this or a user name and password, not both")]
    [InlineData("A=http://a A_LISTEN=1 A_BEARER=s3cret\t1", "AMBASSADOR_ROUTE_A_BEARER=***: a token of printable ASCII without blanks is expected")]
    [InlineData("A=http://a A_LISTEN=1 A_DENY=FLUSHALL", "AMBASSADOR_ROUTE_A_DENY=FLUSHALL: rules of methods and a path, split at newlines if there is one, else at ;: methods joined by ',' or * for all, * in a path for anything within a segment, ** for any number of segments ('FLUSHALL' is none) are expected, for example AMBASSADOR_ROUTE_A_DENY=* /admin/**;DELETE /**")]
    [InlineData("A=http://a A_LISTEN=1 A_ALLOW=get\u00a0/", "AMBASSADOR_ROUTE_A_ALLOW=get")]
    [InlineData("A=tcp://a:1 A_LISTEN=1 A_DENY=KEYS", "AMBASSADOR_ROUTE_A_DENY=KEYS: this setting applies to redis, http only, and AMBASSADOR_ROUTE_A is tcp")]
    [InlineData("A=tcp://a:1 A_LISTEN=1 A_ALLOW=KEYS", "AMBASSADOR_ROUTE_A_ALLOW=KEYS: ")]
    [InlineData("A=tcp://a:1 A_LISTEN=2 A_TLS_CA_FILE=/etc/hostname", "AMBASSADOR_ROUTE_A_TLS_CA_FILE: expected only beside tls://, or _CHECK_SSLMODE=verify-full, (AMBASSADOR_ROUTE_A does not encrypt)")]
    [InlineData("A=tcp://a:1 A_LISTEN=2 A_CHECK=postgres", "AMBASSADOR_ROUTE_A_CHECK_USERNAME: expected beside AMBASSADOR_ROUTE_A_CHECK: the user as whom the servers are asked, for example AMBASSADOR_ROUTE_A_CHECK_USERNAME=monitor")]
    [InlineData("A=tcp://a:1 A_LISTEN=2 A_CHECK_PASSWORD=s3cret", "AMBASSADOR_ROUTE_A_CHECK_PASSWORD: expected only beside AMBASSADOR_ROUTE_A_CHECK=postgres or postgres-replica")]
    [InlineData("A=tcp://a:1 A_LISTEN=2 A_CHECK=expect", "AMBASSADOR_ROUTE_A_CHECK=expect: 'expect' is no step: connect, postgres, postgres-replica, or 'send <text>' and 'expect <text>' are expected")]
    [InlineData("A=http://a A_LISTEN=1 A_CANARY=b A_CANARY_WEIGHT_FILE=/etc/hostname", "AMBASSADOR_ROUTE_A_CANARY_WEIGHT_FILE=/etc/hostname: a file with a whole number from 0 to 100 is expected")]
    [InlineData("ORDERS_DB=http://a:1", "AMBASSADOR_ROUTE_ORDERS_DB: a name has no underscore and no lower case: ORDERSDB")]
    [InlineData("PORT=http://a:1", "AMBASSADOR_ROUTE_PORT=http://a:1: the name PORT is reserved")]
    public void Bad_settings_are_one_clear_line(string given, string expected)
    {
        var variables = given == "nothing set" ? [] : given.Split(' ').Select(pair => ($"AMBASSADOR_ROUTE_{pair.Split('=', 2)[0]}", pair.Split('=', 2)[1]));

        var (settings, _) = Compose([.. variables]);

        var lines = settings.Faults.Select(fault => fault.ToString()).Distinct().ToList();
        Assert.Contains(expected, Assert.Single(lines));
        Assert.DoesNotContain("s3cret", lines[0]);
    }

    [Fact]
    public void Check_says_which_requests_of_a_shared_listener_are_a_routes()
    {
        var (settings, plan) = Compose(
            ("AMBASSADOR_ROUTE_A", "http://a"), ("AMBASSADOR_ROUTE_A_LISTEN", "unix:/run/all"), ("AMBASSADOR_ROUTE_A_HOSTS", "shop;*.shop"), ("AMBASSADOR_ROUTE_A_PATHS", "/a/;/"),
            ("AMBASSADOR_ROUTE_B", "http://b"), ("AMBASSADOR_ROUTE_B_LISTEN", "unix:/run/all"));

        Assert.Empty(settings.Faults);
        Assert.StartsWith("a: unix:/run/all for shop, *.shop below /a, / -> http://a:80 ", plan.Lines[0]);
        Assert.StartsWith("b: unix:/run/all -> http://b:80 ", plan.Lines[1]);
    }

    [Theory]
    [InlineData("redis://a", "A_LISTEN_EXPOSE=true", "*:6379", "a: *:6379 -> a:6379 (database 0; commands wait up to 10 s for it)")]
    [InlineData("rediss://a:6390/2", "A_PASSWORD=s3cret", "6379", "a: 127.0.0.1:6379, [::1]:6379 -> a:6390 (database 2, by TLS, logged in; commands wait up to 10 s for it)")]
    [InlineData("rediss+sentinel://a,b/m", "A_SENTINEL_TLS=false", "6379", "a: 127.0.0.1:6379, [::1]:6379 -> the master 'm' as the Sentinels a:26379, b:26379 say (database 0, by TLS; commands wait up to 10 s for it)")]
    [InlineData("redis+sentinel://a/m", "A_SENTINEL_TLS=true", "unix:/run/a", "a: unix:/run/a -> the master 'm' as the Sentinels a:26379 say (database 0; commands wait up to 10 s for it)")]
    public void Check_says_how_Redis_is_reached(string upstream, string setting, string listen, string expected)
    {
        var (settings, plan) = Compose(
            ("AMBASSADOR_ROUTE_A", upstream), ("AMBASSADOR_ROUTE_A_LISTEN", listen), ($"AMBASSADOR_ROUTE_{setting.Split('=')[0]}", setting.Split('=')[1]));

        Assert.Empty(settings.Faults);
        Assert.Equal(expected, Assert.Single(plan.Lines));
    }

    [Fact]
    public void A_route_that_verifies_no_certificate_is_warned_of()
    {
        var (settings, _) = Compose(("AMBASSADOR_ROUTE_A", "rediss://a"), ("AMBASSADOR_ROUTE_A_LISTEN", "1"), ("AMBASSADOR_ROUTE_A_TLS_INSECURE", "true"));

        Assert.Contains("AMBASSADOR_ROUTE_A_TLS_INSECURE=true: the upstream's certificate is not verified", Assert.Single(settings.Warnings));
    }

    [Fact]
    public void Every_fault_is_reported_at_once()
    {
        var (settings, _) = Compose(
            ("AMBASSADOR_ROUTE_A", "http://a:x"), ("AMBASSADOR_ROUTE_B", "ftp://b"), ("AMBASSADOR_ROUTE_B_LISTEN", "0"), ("AMBASSADOR_RETRIES", "many"));

        Assert.Equal(
            ["AMBASSADOR_RETRIES", "AMBASSADOR_ROUTE_A", "AMBASSADOR_ROUTE_A_LISTEN", "AMBASSADOR_ROUTE_B", "AMBASSADOR_ROUTE_B_LISTEN"],
            settings.Faults.Select(fault => fault.Variable).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_route_with_credentials_can_come_from_a_file_and_is_shown_without_them()
    {
        using var volume = new TempVolume();
        var (settings, plan) = Compose(
            ("AMBASSADOR_ROUTE_A_FILE", volume.Write("route", "http://app:s3cret@orders:8080\n")), ("AMBASSADOR_ROUTE_A_LISTEN", "8081"));

        Assert.Empty(settings.Faults);
        Assert.Contains("http://orders:8080", Assert.Single(plan.Lines));
        Assert.Equal("http://***@orders:8080", settings.Named(AmbassadorSettings.Route)[0].Shown);
    }

    internal static (BoundSettings Settings, AgentPlan Plan) Compose(params (string Name, string Value)[] environment)
    {
        var schema = new SettingsSchema("ambassador");
        schema.Add(AmbassadorSettings.All);
        var settings = SettingsReader.Read(
            schema, environment.Select(entry => KeyValuePair.Create(entry.Name, entry.Value)), isCheck: true, TimeProvider.System);
        return (settings, AmbassadorAgent.Compose(settings));
    }
}
