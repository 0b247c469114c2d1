using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Tests.Routes;

public sealed class UpstreamUrlTests
{
    [Theory]
    [InlineData("redis://cache", "redis://cache:6379")]
    [InlineData("redis://cache:6380/2", "redis://cache:6380/2")]
    [InlineData("REDIS://Cache.Example.COM.:6380/", "redis://cache.example.com:6380")]
    [InlineData("rediss://10.0.0.1", "rediss://10.0.0.1:6379")]
    [InlineData("redis+sentinel://a,b:26380,[::1]/mymaster", "redis+sentinel://a:26379,b:26380,[::1]:26379/mymaster")]
    [InlineData("redis+sentinel://a/my.master-1/3", "redis+sentinel://a:26379/my.master-1/3")]
    [InlineData("redis+sentinel://a/m;redis+sentinel://b/m", "redis+sentinel://a:26379,b:26379/m")]
    [InlineData("rediss+sentinel://a/m/0", "rediss+sentinel://a:26379/m")]
    [InlineData("redis+cluster://a:7000,b:7001", "redis+cluster://a:7000,b:7001")]
    [InlineData("rediss+cluster://a/0", "rediss+cluster://a:6379")]
    [InlineData("http://orders", "http://orders:80")]
    [InlineData("http://orders:8080/v1/", "http://orders:8080/v1")]
    [InlineData("http://a:1, b:2 ; http://c:3", "http://a:1,b:2,c:3")]
    [InlineData("http://a:1/x;http://a:1/y", "http://a:1/x http://a:1/y")]
    [InlineData("https://orders", "https://orders:443")]
    [InlineData("h2c://grpc_backend:9000", "h2c://grpc_backend:9000")]
    [InlineData("tcp://db:5432,db2:5432", "tcp://db:5432,db2:5432")]
    [InlineData("tcp://[fe80::1]:5432", "tcp://[fe80::1]:5432")]
    [InlineData("tls://db:5432/", "tls://db:5432")]
    [InlineData("srv+http://_http._tcp.orders.local", "srv+http://_http._tcp.orders.local")]
    [InlineData("srv+redis+sentinel://sentinels.consul/m", "srv+redis+sentinel://sentinels.consul/m")]
    public void Every_scheme_reads_hosts_default_ports_and_its_path(string text, string expected)
    {
        Assert.True(UpstreamUrlParser.TryParse(text, out var urls, out _));

        Assert.Equal(expected, string.Join(' ', urls));
    }

    [Theory]
    [InlineData("redis://app:s3cret@cache", "app", "s3cret")]
    [InlineData("redis://:s3cret@cache", null, "s3cret")]
    [InlineData("redis://app@cache", "app", null)]
    [InlineData("redis://a%70p:p%40ss%2Fw%3Brd%25@cache", "app", "p@ss/w;rd%")]
    [InlineData("redis://app:a,b:c@cache", "app", "a,b:c")]
    [InlineData("redis+sentinel://:p%C3%A4ss@a,b/m", null, "päss")]
    [InlineData("http://app:@orders", "app", "")]
    public void Userinfo_is_percent_decoded_and_never_printed(string text, string? username, string? password)
    {
        Assert.True(UpstreamUrlParser.TryParse(text, out var urls, out _));

        var url = Assert.Single(urls);
        Assert.Equal((username, password), (url.Username, url.Password));
        Assert.StartsWith("***@", url.ToString().Split("://")[1]);
    }

    [Theory]
    [InlineData("", "at least one URL")]
    [InlineData(" ; ", "at least one URL")]
    [InlineData("cache:6379", "one of the schemes redis, rediss")]
    [InlineData("ftp://cache", "one of the schemes")]
    [InlineData("srv+srv+http://a", "one of the schemes")]
    [InlineData("redis://", "a host name")]
    [InlineData("redis://a:0", "between 1 and 65535")]
    [InlineData("redis://a:65536", "between 1 and 65535")]
    [InlineData("redis://a:", "between 1 and 65535")]
    [InlineData("redis://a:+1", "between 1 and 65535")]
    [InlineData("redis://::1", "in brackets")]
    [InlineData("redis://[::1", "in brackets")]
    [InlineData("redis://[10.0.0.1]", "in brackets")]
    [InlineData("redis://a b", "a host name")]
    [InlineData("redis://-a", "a host name")]
    [InlineData("redis://10.0.1", "a host name")]
    [InlineData("redis://10.0.0.256", "a host name")]
    [InlineData("redis://a..b", "a host name")]
    [InlineData("redis://a,b", "redis+sentinel")]
    [InlineData("redis://a;redis://b", "_BACKUP")]
    [InlineData("redis://a/x", "database number")]
    [InlineData("redis://a/1/2", "database number")]
    [InlineData("redis://a/9999999", "database number")]
    [InlineData("redis://a?ssl=true", "a host name")]
    [InlineData("redis+sentinel://a", "master's name")]
    [InlineData("redis+sentinel://a/m/x", "master's name")]
    [InlineData("redis+sentinel://a/m/1/2", "master's name")]
    [InlineData("redis+sentinel://a/m;redis+sentinel://b/n", "nothing but their hosts")]
    [InlineData("redis+cluster://a/1", "database 0 only")]
    [InlineData("http://a/x?y=1", "a path without")]
    [InlineData("http://a/x#y", "a path without")]
    [InlineData("http://a/ä", "a path without")]
    [InlineData("http://a;https://b", "the same scheme")]
    [InlineData("http://a;srv+http://b", "the same scheme")]
    [InlineData("http://a:80,a", "each host once")]
    [InlineData("tcp://db", "a port after the host")]
    [InlineData("tls://db", "a port after the host")]
    [InlineData("tcp://db:5432/name", "no path")]
    [InlineData("srv+http://a:80", "without a port")]
    [InlineData("srv+http://[::1]", "without a port")]
    public void Bad_values_say_what_is_expected(string text, string expected)
    {
        Assert.False(UpstreamUrlParser.TryParse(text, out _, out var fault));

        Assert.Contains(expected, fault.Expected);
        Assert.Equal(text, fault.Shown);
    }

    [Theory]
    [InlineData("redis://app:s3cret@", "redis://***@", "a host name")]
    [InlineData("redis://app:s3/cret@cache", "redis://***@cache", "'/' is written %2F")]
    [InlineData("redis://app:s3@cret@cache", "redis://***@cache", "an '@' inside them is written %40")]
    [InlineData("redis://app:s3%cret@cache", "redis://***@cache", "a '%' is written %25")]
    [InlineData("redis://app:s3;cret@cache", "redis://***@cache", "a ';' inside a password is written %3B")]
    [InlineData("redis://app:s3cret@a;redis://app:cret@b:x", "redis://***@b:x", "between 1 and 65535")]
    [InlineData("http://u:s3cret@a,u:s3cret@b", "http://***@b", "in front of the first")]
    [InlineData("http://u:s3cret@a;http://u:cret@b", "http://***@b", "the same user name and password")]
    [InlineData("tcp://u:s3cret@db:5432", "tcp://***@db:5432", "no user name and password")]
    [InlineData("app:s3cret://@cache", "***@cache", "one of the schemes")]
    [InlineData("s3cret@cache", "***@cache", "one of the schemes")]
    public void A_fault_masks_up_to_the_last_at_sign(string text, string shown, string expected)
    {
        Assert.False(UpstreamUrlParser.TryParse(text, out _, out var fault));

        Assert.Equal(shown, fault.Shown);
        Assert.Contains(expected, fault.Expected);
        Assert.DoesNotContain("cret", fault.ToString().Replace("%40", "").Replace(fault.Example, ""));
    }

    [Fact]
    public void No_input_throws_and_no_secret_shows()
    {
        const string Pieces = "redis|rediss+sentinel|http|tcp|srv+|://|/|@|:|;|,|[|]|::1|%|%4|%40|?|#|6379|0|99999|a.b|-|10.0.0.1| |\0|ä|\uD800|\n";
        var pieces = Pieces.Split('|');
        var random = new Random(2101);

        for (var i = 0; i < 50_000; i++)
        {
            var before = string.Concat(random.GetItems(pieces, random.Next(0, 4)));
            var after = string.Concat(random.GetItems(pieces, random.Next(0, 6)));
            var text = $"{before}s3cret@{after}";

            if (UpstreamUrlParser.TryParse(text, out var urls, out var fault))
                Assert.All(urls, url => Assert.DoesNotContain("s3cret", url.ToString()));
            else
                Assert.DoesNotContain("s3cret", fault.ToString());
        }
    }

    [Fact]
    public void What_was_read_prints_as_what_reads_the_same()
    {
        string[] schemes = ["redis", "redis+sentinel", "redis+cluster", "http", "h2c", "tcp", "srv+https"];
        string[] hosts = ["a", "a.b", "10.0.0.1", "[::1]", "a_b.c"];
        var random = new Random(2102);

        for (var i = 0; i < 5_000; i++)
        {
            var scheme = random.GetItems(schemes, 1)[0];
            var chosen = random.GetItems(hosts, random.Next(1, 4))
                .Select(host => scheme.StartsWith("srv") ? host : $"{host}:{random.Next(1, 65536)}");
            var text = $"{scheme}://{string.Join(',', chosen)}{random.GetItems(["", "/", "/m", "/m/2", "/7"], 1)[0]}";
            if (!UpstreamUrlParser.TryParse(text, out var urls, out _)) continue;

            Assert.True(UpstreamUrlParser.TryParse(string.Join(';', urls), out var again, out _));
            Assert.Equal(urls, again);
        }
    }
}
