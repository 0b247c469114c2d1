using System.Net;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Tests.Routes;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("6379", "127.0.0.1:6379 [::1]:6379")]
    [InlineData("localhost:6379", "127.0.0.1:6379 [::1]:6379")]
    [InlineData("127.0.0.1:6379", "127.0.0.1:6379")]
    [InlineData("[::1]:6379", "[::1]:6379")]
    [InlineData("*:6379", "*:6379")]
    [InlineData("0.0.0.0:6379", "0.0.0.0:6379")]
    [InlineData("unix:/run/cache.sock", "unix:/run/cache.sock")]
    public void Every_form_is_read(string text, string expected)
    {
        Assert.True(ListenAddress.TryParse(text, out var addresses));

        Assert.Equal(expected, string.Join(' ', addresses));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("cache:6379")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("::1:6379")]
    [InlineData("[::1]")]
    [InlineData("*")]
    [InlineData("unix:")]
    [InlineData("unix:run/cache.sock")]
    [InlineData("unix:/" + "a23456789b23456789c23456789d23456789e23456789f23456789g23456789h23456789i23456789j23456789k23456789")]
    public void Anything_else_is_refused(string text)
    {
        if (text.Length > 100) text += "23456789";

        Assert.False(ListenAddress.TryParse(text, out _));
    }

    [Theory]
    [InlineData("6379", "6379", true)]
    [InlineData("6379", "6380", false)]
    [InlineData("6379", "127.0.0.1:6379", true)]
    [InlineData("127.0.0.1:6379", "127.0.0.2:6379", false)]
    [InlineData("127.0.0.1:6379", "[::1]:6379", false)]
    [InlineData("*:6379", "127.0.0.1:6379", true)]
    [InlineData("*:6379", "10.0.0.1:6379", true)]
    [InlineData("0.0.0.0:6379", "[::1]:6379", false)]
    [InlineData("unix:/a", "unix:/a", true)]
    [InlineData("unix:/a", "unix:/b", false)]
    [InlineData("unix:/a", "6379", false)]
    public void Two_addresses_overlap_when_one_connection_could_mean_both(string one, string other, bool expected)
    {
        Assert.True(ListenAddress.TryParse(one, out var ones));
        Assert.True(ListenAddress.TryParse(other, out var others));

        Assert.Equal(expected, ones.Any(mine => others.Any(mine.Overlaps)));
        Assert.Equal(expected, others.Any(mine => ones.Any(mine.Overlaps)));
    }

    [Theory]
    [InlineData("6379", "127.0.0.1:6379", true)]
    [InlineData("*:6379", "127.0.0.1:6379", true)]
    [InlineData("0.0.0.0:6379", "[::1]:6379", false)]
    [InlineData("*:6379", "10.0.0.1:6379", false)]
    [InlineData("6379", "127.0.0.1:6380", false)]
    public void A_target_that_is_our_own_listener_is_seen(string listen, string target, bool expected)
    {
        Assert.True(ListenAddress.TryParse(listen, out var addresses));

        Assert.Equal(expected, addresses.Any(address => address.IsReachedBy(IPEndPoint.Parse(target))));
    }
}
