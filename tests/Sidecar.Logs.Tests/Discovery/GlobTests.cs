using Sidecar.Logs.Discovery;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Discovery;

public sealed class GlobTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData("/var/log/app.log", "/var/log/app.log", true)]
    [InlineData("/var/log/app.log", "/var/log/app.log.1", false)]
    [InlineData("/var/log/*.log", "/var/log/app.log", true)]
    [InlineData("/var/log/*.log", "/var/log/sub/app.log", false)]
    [InlineData("/var/log/*.log", "/var/log/.hidden.log", false)]
    [InlineData("/var/log/.*.log", "/var/log/.hidden.log", true)]
    [InlineData("/var/log/app?.log", "/var/log/app1.log", true)]
    [InlineData("/var/log/app?.log", "/var/log/app.log", false)]
    [InlineData("/var/log/app[0-9x].log", "/var/log/app7.log", true)]
    [InlineData("/var/log/app[0-9x].log", "/var/log/appx.log", true)]
    [InlineData("/var/log/app[!0-9].log", "/var/log/app7.log", false)]
    [InlineData("/var/log/app[]a].log", "/var/log/app].log", true)]
    [InlineData("/var/log/**/*.log", "/var/log/app.log", true)]
    [InlineData("/var/log/**/*.log", "/var/log/a/b/c/app.log", true)]
    [InlineData("/var/log/**/*.log", "/var/log/a/.git/app.log", false)]
    [InlineData("/var/log/**", "/var/log/a/b", true)]
    [InlineData("/var/log/**/current/*.log", "/var/log/a/current/b/current/x.log", true)]
    [InlineData("/var/log/{app,web}/*.{log,txt}", "/var/log/web/x.txt", true)]
    [InlineData("/var/log/{app,web}/*.{log,txt}", "/var/log/db/x.txt", false)]
    [InlineData("/var/log/{a/b,c{1,2}}/x", "/var/log/c2/x", true)]
    [InlineData("/var/log/app\\*.log", "/var/log/app*.log", true)]
    [InlineData("/var/log/app\\*.log", "/var/log/app1.log", false)]
    [InlineData("/var/log/*a*b*c*", "/var/log/xaxbxcx", true)]
    [InlineData("/var/log/*a*b*c*", "/var/log/xaxcxbx", false)]
    public void Matches_as_a_shell_would(string glob, string path, bool expected)
    {
        var globs = Glob.TryParse(glob, out var fault);

        Assert.Null(fault);
        Assert.Equal(expected, globs!.Any(one => one.Matches(path)));
    }

    [Theory]
    [InlineData("/var/log/[a.log", "'[' without ']'")]
    [InlineData("/var/log/{a,b.log", "'{' without '}'")]
    [InlineData("/var/log/a}.log", "'}' without '{'")]
    [InlineData("/", "names no file")]
    public void Says_what_is_wrong_with_a_glob(string glob, string expected)
    {
        Assert.Null(Glob.TryParse(glob, out var fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void A_brace_bomb_is_refused_rather_than_expanded()
    {
        Assert.Null(Glob.TryParse("/" + string.Concat(Enumerable.Repeat("{a,b}", 30)), out var fault));
        Assert.Contains("more than", fault);
    }

    [Fact]
    public void A_star_in_every_place_does_not_take_exponential_time()
    {
        var glob = Glob.TryParse("/" + string.Concat(Enumerable.Repeat("*a", 40)) + "b", out _)!.Single();

        Assert.False(glob.Matches("/" + new string('a', 200)));
    }

    [Theory]
    [InlineData("logs/*.log", "logs/app.log")]
    [InlineData("logs/app.log", "logs/app.log")]
    [InlineData("logs/**/*.log", "logs/app.log logs/deep/er/db.log logs/deep/web.log")]
    [InlineData("logs/*/web.log", "logs/deep/web.log logs/link/web.log")]
    [InlineData("{logs,none}/d*/w?b.log", "logs/deep/web.log")]
    [InlineData("logs/deep/**", "logs/deep/er/db.log logs/deep/web.log")]
    [InlineData("none/**/*.log", "")]
    public void Finds_what_it_matches_and_follows_links_only_where_no_circle_can_be(string pattern, string expected)
    {
        _volume.Write("logs/app.log", "");
        _volume.Write("logs/app.txt", "");
        _volume.Write("logs/deep/web.log", "");
        _volume.Write("logs/deep/er/db.log", "");
        Directory.CreateSymbolicLink(_volume.PathOf("logs/link"), _volume.PathOf("logs/deep"));
        Directory.CreateSymbolicLink(_volume.PathOf("logs/deep/er/up"), _volume.PathOf("logs"));

        var found = new List<string>();
        foreach (var glob in Glob.TryParse(_volume.PathOf(pattern), out _)!)
            glob.Find(found.Add, _ => { }, _ => { });

        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(_volume.PathOf),
            found.Order(StringComparer.Ordinal));
        Assert.All(found, path => Assert.Contains(Glob.TryParse(_volume.PathOf(pattern), out _)!, glob => glob.Matches(path)));
    }
}
