using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Caching;

namespace Sidecar.Ambassador.Tests.Http.Caching;

public sealed class CacheControlTests
{
    [Theory]
    [InlineData("max-age=60", 60.0)]
    [InlineData("MAX-AGE=\"60\"", 60.0)]
    [InlineData(" public , max-age = 60 ", 60.0)]
    [InlineData("ext=\"max-age=1, no-store\", max-age=60", 60.0)]
    [InlineData("max-age=60, max-age=30", 30.0)]
    [InlineData("max-age=30, max-age=60", 30.0)]
    [InlineData("max-age=-1", 0.0)]
    [InlineData("max-age=soon", 0.0)]
    [InlineData("max-age", 0.0)]
    [InlineData("max-age=1.5", 0.0)]
    [InlineData("max-age=99999999999999", (double)int.MaxValue)]
    [InlineData("x-max-age=60", null)]
    [InlineData("", null)]
    public void An_age_is_read_and_one_that_is_none_means_no_time_at_all(string header, double? seconds)
    {
        var control = CacheControl.Parse(header);

        Assert.Equal(seconds, control.MaxAge?.TotalSeconds);
        Assert.False(control.NoStore);
    }

    [Fact]
    public void Directives_count_wherever_they_stand()
    {
        var control = CacheControl.Parse(new(["No-Cache=\"Set-Cookie, X\", must-understand", "private=\"x\",no-store,,stale-while-revalidate=5", "stale-if-error=7,max-stale"]));

        Assert.True(control is { NoCache: true, NoStore: true, Private: true, MustUnderstand: true, Public: false });
        Assert.Equal((5.0, 7.0, TimeSpan.MaxValue), (control.StaleWhileRevalidate?.TotalSeconds, control.StaleIfError?.TotalSeconds, control.MaxStale));
    }

    [Theory]
    [InlineData("", "no-cache", true)]
    [InlineData("max-age=5", "no-cache", false)]
    [InlineData("no-cache", "", true)]
    public void Pragma_speaks_only_for_requests_without_Cache_Control(string control, string pragma, bool isNoCache)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        if (control.Length > 0) headers.CacheControl = control;
        if (pragma.Length > 0) headers.Pragma = pragma;

        Assert.Equal(isNoCache, CacheControl.OfRequest(headers).NoCache);
    }
}
