using System.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Hosting.Tests.Resp;

public sealed class InlineRequestTests
{
    [Theory]
    [InlineData("PING", "PING")]
    [InlineData("  SET  k\tv ", "SET|k|v")]
    [InlineData("SET k \"a b\"", "SET|k|a b")]
    [InlineData("SET k 'it\\'s'", "SET|k|it's")]
    [InlineData("SET k \"\\x41\\n\\q\"", "SET|k|A\nq")]
    [InlineData("SET k \"\"", "SET|k|")]
    [InlineData("SET k a\"b\"", "SET|k|ab")]
    [InlineData("", "")]
    public void A_line_splits_as_redis_splits_it(string line, string expected)
    {
        var arguments = new List<byte[]>();

        Assert.True(InlineRequest.TrySplit(Encoding.UTF8.GetBytes(line), arguments));
        Assert.Equal(expected, string.Join('|', arguments.Select(Encoding.UTF8.GetString)));
    }

    [Theory]
    [InlineData("SET k \"open")]
    [InlineData("SET k 'open")]
    [InlineData("SET k \"a\"b")]
    [InlineData("SET k \"a\\")]
    public void Quotes_that_do_not_close_are_a_fault(string line) =>
        Assert.False(InlineRequest.TrySplit(Encoding.UTF8.GetBytes(line), []));

    [Fact]
    public void Whatever_a_line_holds_it_splits_or_is_a_fault()
    {
        var random = new Random(FuzzRun.Seed);
        var line = new byte[64];
        var likely = "\"'\\x4 \t\0ab"u8.ToArray();

        for (var input = 0; input < FuzzRun.Inputs; input++)
        {
            var length = random.Next(line.Length);
            for (var i = 0; i < length; i++)
                line[i] = random.Next(8) == 0 ? (byte)random.Next(256) : likely[random.Next(likely.Length)];
            var arguments = new List<byte[]>();
            InlineRequest.TrySplit(line.AsSpan(0, length), arguments);

            Assert.InRange(arguments.Sum(argument => argument.Length), 0, length);
        }
    }

    [Fact]
    public void Arguments_of_any_bytes_come_back_from_their_quoted_form()
    {
        var random = new Random(FuzzRun.Seed);

        for (var input = 0; input < FuzzRun.Inputs / 10; input++)
        {
            var sent = Enumerable.Range(0, 1 + random.Next(4)).Select(_ => RandomBytes(random)).ToList();
            var line = string.Join(' ', sent.Select(one => '"' + string.Concat(one.Select(value => $"\\x{value:x2}")) + '"'));
            var arguments = new List<byte[]>();

            Assert.True(InlineRequest.TrySplit(Encoding.ASCII.GetBytes(line), arguments));
            Assert.Equal(sent, arguments);
        }
    }

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(12)];
        random.NextBytes(bytes);
        return bytes;
    }
}
