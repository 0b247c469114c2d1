using System.Text;
using Sidecar.Hosting.Resp;
using Sidecar.Testing.Redis;

namespace Sidecar.Hosting.Tests.Resp;

public sealed class ReplyReaderTests
{
    [Theory]
    [InlineData("+OK\r\n")]
    [InlineData("-ERR no\r\n")]
    [InlineData(":-5\r\n")]
    [InlineData("$5\r\nhello\r\n")]
    [InlineData("$0\r\n\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*2\r\n*1\r\n*0\r\n$1\r\nx\r\n")]
    [InlineData("_\r\n")]
    [InlineData("#t\r\n")]
    [InlineData(",3.14\r\n")]
    [InlineData("(3492890328409238509324850943850943825024385\r\n")]
    [InlineData("=7\r\ntxt:abc\r\n")]
    [InlineData("!3\r\nERR\r\n")]
    [InlineData("%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n_\r\n")]
    [InlineData("~2\r\n:1\r\n:2\r\n")]
    [InlineData(">2\r\n+message\r\n+x\r\n")]
    [InlineData("|1\r\n+ttl\r\n:5\r\n*1\r\n|1\r\n+a\r\n+b\r\n$1\r\nv\r\n")]
    public void A_reply_ends_where_it_ends_whatever_its_type(string reply)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(reply + "+next\r\n");
        var reader = new ReplyReader();

        var status = reader.Read(bytes, out int consumed);

        Assert.Equal((FrameStatus.Complete, reply.Length), (status, consumed));
        Assert.Equal(reply.Length, reader.FrameLength);
        Assert.Equal((byte)reply[0], reader.Kind);
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("$?\r\n")]
    [InlineData("*?\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("%-1\r\n")]
    [InlineData("$3\r\nabcd\r\n")]
    [InlineData("$99999999999999999999\r\n")]
    [InlineData("*9223372036854775807\r\n")]
    [InlineData("+OK\rX")]
    public void What_no_Redis_sends_is_malformed(string reply)
    {
        var reader = new ReplyReader();

        var status = reader.Read(Encoding.Latin1.GetBytes(reply), out _);

        Assert.Equal(FrameStatus.Malformed, status);
    }

    [Fact]
    public void Nesting_of_any_depth_costs_no_stack()
    {
        var reader = new ReplyReader();
        byte[] open = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 1_000_000)));

        var nested = reader.Read(open, out _);
        var closed = reader.Read(":1\r\n"u8, out _);

        Assert.Equal((FrameStatus.Incomplete, FrameStatus.Complete), (nested, closed));
    }

    [Fact]
    public void Any_split_of_any_input_gives_the_same_frames_and_no_input_throws_or_allocates()
    {
        var random = new Random(FuzzRun.Seed);
        byte[] input = new byte[400];
        var whole = new List<(FrameStatus, long, byte)>(1024);
        var pieces = new List<(FrameStatus, long, byte)>(1024);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < FuzzRun.Inputs; i++)
        {
            int length = FuzzRun.Fill(random, input, "+-:$*_#,(=!%~>|$$**"u8);
            Frames(input.AsSpan(0, length), length, whole);
            Frames(input.AsSpan(0, length), random.Next(1, 9), pieces);
            if (!whole.SequenceEqual(pieces))
                Assert.Fail($"input {i}: {Convert.ToHexString(input.AsSpan(0, length))}");
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, FuzzRun.Inputs * 200L);
    }

    [Fact]
    public void A_tree_is_built_only_from_what_a_reader_finds_complete()
    {
        var random = new Random(FuzzRun.Seed);
        byte[] input = new byte[200];
        int trees = 0;

        for (int i = 0; i < FuzzRun.Inputs; i++)
        {
            int length = FuzzRun.Fill(random, input, "+-:$*_%~>|$$**"u8);
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool isTree = RespValue.TryParse(input.AsSpan(0, length), out _);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var reader = new ReplyReader();
            bool isComplete = reader.Read(input.AsSpan(0, length), out int consumed) == FrameStatus.Complete && consumed == length;
            trees += isTree ? 1 : 0;

            if (isTree && !isComplete)
                Assert.Fail($"input {i}: {Convert.ToHexString(input.AsSpan(0, length))}");
            Assert.InRange(allocated, 0, 64 * 1024);
        }

        Assert.NotEqual(0, trees);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    public async Task Every_reply_of_a_real_server_is_found_complete(string protocol)
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await RedisWire.ConnectAsync(server.Port);
        string[][] commands =
        [
            ["HELLO", protocol], ["COMMAND"], ["CONFIG", "GET", "*"], ["HSET", "h", "a", "1"], ["HGETALL", "h"], ["GET", "none"],
            ["ZADD", "z", "1.5", "m"], ["ZSCORE", "z", "m"], ["EVAL", "return {1,{2,{3,'x'}}}", "0"], ["INFO"], ["LATENCY", "DOCTOR"],
            ["SMEMBERS", "none"], ["EVAL", "redis.setresp(3); return {double=3.5}", "0"], ["NOSUCH"], ["XREAD", "STREAMS", "s", "0"],
        ];

        foreach (string[] command in commands)
        {
            await wire.SendAsync(command);
            byte[] raw = await wire.ReadRawAsync();
            var reader = new ReplyReader();
            var status = reader.Read(raw, out int consumed);

            Assert.Equal((FrameStatus.Complete, raw.Length), (status, consumed));
            Assert.True(RespValue.TryParse(raw, out _), string.Join(' ', command));
        }
    }

    private static void Frames(ReadOnlySpan<byte> input, int pieceLength, List<(FrameStatus, long, byte)> into)
    {
        into.Clear();
        var reader = new ReplyReader();
        int position = 0;
        while (position < input.Length)
        {
            int end = Math.Min(position - (position % pieceLength) + pieceLength, input.Length);
            var status = reader.Read(input[position..end], out int consumed);
            position += consumed;
            if (status != FrameStatus.Incomplete)
                into.Add((status, position, reader.Kind));
            if (status == FrameStatus.Malformed)
                return;
        }
    }
}
