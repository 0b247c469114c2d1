using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Tests.Settings;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("*:9471", "*:9471")]
    [InlineData("*", "*")]
    [InlineData("9471", "*:9471")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("::1", "[::1]")]
    [InlineData("[::1]:80", "[::1]:80")]
    [InlineData("localhost:80", "127.0.0.1:80")]
    public void Reads_an_address_a_port_or_both(string text, string shown) => Assert.Equal(shown, ListenAddress.Read(text).Value!.ToString());

    [Theory]
    [InlineData("host:80")]
    [InlineData("*:70000")]
    [InlineData("-1")]
    [InlineData("127.0.0.1:")]
    [InlineData("")]
    [InlineData(":")]
    public void Refuses_what_is_neither(string text) => Assert.False(ListenAddress.Read(text).IsRight);
}
