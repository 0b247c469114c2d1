using System.Text;
using Sidecar.Hosting.Resp;
using Sidecar.Testing.Redis;

namespace Sidecar.Hosting.Tests.Resp;

public sealed class RequestReaderTests
{
    public static TheoryData<string> Faults =>
    [
        "*abc\r\n", "*03\r\n", "*-0\r\n", "*+1\r\n", "*\r\n", "*1\n$4\r\n", "*2147483648\r\n", "*99999999999999999999\r\n",
        "*1\r\nPING\r\n", "*1\r\n\r\n", "*1\r\n*\r\n", "*1\r\n\u0001\r\n", "*1\r\n\u00ff\r\n",
        "*1\r\n$-1\r\n", "*1\r\n$abc\r\n", "*1\r\n$04\r\n", "*1\r\n$\r\n", "*1\r\n$536870913\r\n",
        "*2\r\n$4\r\nPING\r\n:1\r\n",
        "*1\r\n$" + new string('1', 70_000), "*" + new string('1', 70_000), new string('a', 70_000),
    ];

    [Theory]
    [InlineData("*1\r\n$4\r\nPING\r\n")]
    [InlineData("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n")]
    [InlineData("PING\r\n")]
    [InlineData("PING\n")]
    [InlineData("\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*-5\r\n")]
    [InlineData("*1\rX$4\r\nPINGxx")]
    public void A_request_ends_where_Redis_ends_it(string request)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(request + "*1\r\n");
        var reader = new RequestReader(RequestReader.DefaultMaxBulk);

        var status = reader.Read(bytes, out int consumed);

        Assert.Equal(FrameStatus.Complete, status);
        Assert.Equal(request.Length, consumed);
        Assert.Equal(request.Length, reader.FrameLength);
        Assert.Equal(request[0] != '*', reader.IsInline);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_malformed_request_gets_the_words_of_a_real_server(string request)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(request);
        var reader = new RequestReader(RequestReader.DefaultMaxBulk);
        await using var server = await RedisServer.StartAsync();
        await using var wire = await RedisWire.ConnectAsync(server.Port);

        var status = reader.Read(bytes, out _);
        await wire.SendRawAsync(bytes);
        byte[] words = await wire.ReadRawAsync();

        Assert.Equal(FrameStatus.Malformed, status);
        Assert.Equal(Encoding.Latin1.GetString(words), Encoding.Latin1.GetString(reader.ErrorReply()));
    }

    [Fact]
    public void Half_a_gigabyte_passes_through_in_pieces_and_is_counted()
    {
        var reader = new RequestReader(RequestReader.DefaultMaxBulk);
        byte[] piece = new byte[1 << 20];

        var first = reader.Read("*1\r\n$536870912\r\n"u8, out _);
        for (int i = 0; i < 512; i++)
            Assert.Equal(FrameStatus.Incomplete, reader.Read(piece, out _));
        var last = reader.Read("\r\n"u8, out _);

        Assert.Equal(FrameStatus.Incomplete, first);
        Assert.Equal(FrameStatus.Complete, last);
        Assert.Equal(16 + (512L << 20) + 2, reader.FrameLength);
    }

    [Fact]
    public void Any_split_of_any_input_gives_the_same_frames_and_no_input_throws_or_allocates()
    {
        var random = new Random(FuzzRun.Seed);
        byte[] input = new byte[400];
        var whole = new List<(FrameStatus, long, long)>(1024);
        var pieces = new List<(FrameStatus, long, long)>(1024);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < FuzzRun.Inputs; i++)
        {
            int length = FuzzRun.Fill(random, input, "*$$$"u8);
            Frames(input.AsSpan(0, length), length, whole);
            Frames(input.AsSpan(0, length), random.Next(1, 9), pieces);
            if (!whole.SequenceEqual(pieces))
                Assert.Fail($"input {i}: {Convert.ToHexString(input.AsSpan(0, length))}");
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, FuzzRun.Inputs * 200L);
    }

    [Fact]
    public void The_arguments_of_a_request_are_found_where_they_are()
    {
        var arguments = new RequestArguments("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n"u8);
        var found = new List<string>();

        while (arguments.MoveNext())
            found.Add(Encoding.Latin1.GetString(arguments.Current));

        Assert.Equal(["SET", "", "\r\n"], found);
    }

    [Theory]
    [InlineData("set k \"a b\"", "set,k,a b")]
    [InlineData("  get\t'it\\'s' ", "get,it's")]
    [InlineData("echo \"\\x41\\n\\\"\\q\"", "echo,A\n\"q")]
    [InlineData("echo \"\"", "echo,")]
    [InlineData("", "")]
    public void A_plain_line_is_split_as_Redis_splits_it(string line, string expected)
    {
        var arguments = new List<byte[]>();

        bool isBalanced = InlineRequest.TrySplit(Encoding.Latin1.GetBytes(line), arguments);

        Assert.True(isBalanced);
        Assert.Equal(expected, string.Join(',', arguments.Select(Encoding.Latin1.GetString)));
    }

    [Theory]
    [InlineData("set a \"b")]
    [InlineData("set a \"b\"c")]
    [InlineData("set a 'b")]
    [InlineData("set a \"b\\\"")]
    public async Task Quotes_that_do_not_balance_get_the_words_of_a_real_server(string line)
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await RedisWire.ConnectAsync(server.Port);

        bool isBalanced = InlineRequest.TrySplit(Encoding.Latin1.GetBytes(line), []);
        await wire.SendRawAsync(Encoding.Latin1.GetBytes(line + "\r\n"));

        Assert.False(isBalanced);
        Assert.Equal(InlineRequest.UnbalancedQuotes.ToArray(), await wire.ReadRawAsync());
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        byte[] frame = RequestWriter.Encode("SET", "schlüssel", "");
        var reader = new RequestReader(RequestReader.DefaultMaxBulk);

        var status = reader.Read(frame, out int consumed);

        Assert.Equal("*3\r\n$3\r\nSET\r\n$10\r\nschlüssel\r\n$0\r\n\r\n", Encoding.UTF8.GetString(frame));
        Assert.Equal((FrameStatus.Complete, frame.Length), (status, consumed));
    }

    private static void Frames(ReadOnlySpan<byte> input, int pieceLength, List<(FrameStatus, long, long)> into)
    {
        into.Clear();
        var reader = new RequestReader(RequestReader.DefaultMaxBulk);
        int position = 0;
        while (position < input.Length)
        {
            int end = Math.Min(position - (position % pieceLength) + pieceLength, input.Length);
            var status = reader.Read(input[position..end], out int consumed);
            position += consumed;
            if (status != FrameStatus.Incomplete)
                into.Add((status, position, reader.FrameLength));
            if (status == FrameStatus.Malformed)
                return;
        }
    }
}
