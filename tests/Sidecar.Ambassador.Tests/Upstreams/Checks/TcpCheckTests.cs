using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Tests.Upstreams.Checks;

public sealed class TcpCheckTests
{
    [Theory]
    [InlineData(@"send PING\r\n; expect +PONG", "send 50494E470D0A expect 2B504F4E47")]
    [InlineData("expect 220 mail", "expect 323230206D61696C")]
    [InlineData(@"send \x00\x01\0\t\\\x20;expect \x3b", "send 000100095C20 expect 3B")]
    [InlineData("send a;b\nexpect ü\U0001F600", "send 613B62 expect C3BCF09F9880")]
    public void Steps_are_bytes_with_the_usual_escapes(string text, string expected)
    {
        Assert.True(TcpCheck.TryParse(ValueForms.List(text), out var check, out _));

        Assert.Equal(CheckKind.Talk, check.Kind);
        Assert.Equal(expected, string.Join(' ', check.Steps.Select(step => $"{(step.IsExpect ? "expect" : "send")} {Convert.ToHexString(step.Bytes)}")));
    }

    [Theory]
    [InlineData("postgre", "'postgre' is no step")]
    [InlineData("postgres; expect x", "'postgres' is no step")]
    [InlineData("send", "'send' is no step")]
    [InlineData(@"expect \q", @"'\q' has a backslash that means nothing")]
    [InlineData(@"expect \x4", @"'\x4' has a backslash that means nothing")]
    [InlineData("send PING", "at least one 'expect <text>' is expected")]
    public void What_is_no_check_is_named(string text, string expected)
    {
        Assert.False(TcpCheck.TryParse(ValueForms.List(text), out _, out var said));

        Assert.Contains(expected, said);
    }
}
