using Sidecar.Ambassador.Http.Access;

namespace Sidecar.Ambassador.Tests.Http.Access;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/**", "/", true)]
    [InlineData("/**", "/a/b/c", true)]
    [InlineData("/prices", "/prices/", true)]
    [InlineData("/prices/", "/prices", true)]
    [InlineData("/prices", "//prices", true)]
    [InlineData("/prices", "/pricesx", false)]
    [InlineData("/prices/**", "/prices", true)]
    [InlineData("/prices/**", "/prices/a/b", true)]
    [InlineData("/prices/**", "/pricesx/a", false)]
    [InlineData("/prices/*", "/prices/a", true)]
    [InlineData("/prices/*", "/prices/a/b", false)]
    [InlineData("/prices/*", "/prices", false)]
    [InlineData("/prices/*.json", "/prices/a.json", true)]
    [InlineData("/prices/*.json", "/prices/a.xml", false)]
    [InlineData("/**/x", "/x", true)]
    [InlineData("/**/x", "/a/x/b/x", true)]
    [InlineData("/**/x", "/a/x/b", false)]
    [InlineData("/a/**/b/**/c", "/a/b/c", true)]
    [InlineData("/a/**/b/**/c", "/a/1/2/b/3/b/4/c", true)]
    [InlineData("/a/**/b/**/c", "/a/1/2/3/c", false)]
    [InlineData("/caf\u00e9", "/caf\u00e9", true)]
    [InlineData("/caf%C3%A9", "/caf\u00e9", true)]
    [InlineData("/a%2Fb", "/a%2Fb", true)]
    [InlineData("/A", "/a", false)]
    public void A_pattern_takes_whole_segments(string pattern, string path, bool expected) =>
        Assert.Equal(expected, PathPattern.Parse(pattern)!.Matches(path, ignoreCase: false));

    [Theory]
    [InlineData("prices")]
    [InlineData("/a?b")]
    [InlineData("/a#b")]
    [InlineData("/a/../b")]
    [InlineData("/a/%2e/b")]
    [InlineData("/a**")]
    [InlineData("/a\\b")]
    [InlineData("/%zz")]
    [InlineData("/%00")]
    public void What_no_path_looks_like_is_no_pattern(string pattern) => Assert.Null(PathPattern.Parse(pattern));

    [Fact]
    public void A_long_path_costs_no_more_than_its_length_times_the_patterns()
    {
        var pattern = PathPattern.Parse("/" + string.Join('/', Enumerable.Repeat("**/a", 20)) + "/b")!;
        var path = string.Concat(Enumerable.Repeat("/a", 4000));
        var began = TimeProvider.System.GetTimestamp();

        Assert.False(pattern.Matches(path, ignoreCase: true));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }
}
