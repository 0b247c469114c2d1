using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Sidecar.Logs.Destination;

namespace Sidecar.Logs.Tests.Destination;

public sealed class PutEventsBodyTests
{
    [Fact]
    public void Any_text_comes_back_from_a_strict_parser_byte_for_byte()
    {
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[][]>(),
            messages => RoundTrips([.. messages.Select(ValidUtf8).Where(m => m.Length > 0)]))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Every_character_up_to_u_ffff_comes_back()
    {
        var all = Enumerable.Range(0, 0x10000).Where(c => !char.IsSurrogate((char)c)).Select(c => Encoding.UTF8.GetBytes(((char)c).ToString()));

        Assert.True(RoundTrips([.. all]));
    }

    [Fact]
    public void A_message_larger_than_a_segment_comes_back()
    {
        var random = new byte[3_000_000];
        new Random(1).NextBytes(random);

        Assert.True(RoundTrips([ValidUtf8(random), "x"u8.ToArray(), ValidUtf8(random)]));
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(300_000)]
    public void Messages_of_nothing_but_escapes_come_back(int length)
    {
        var escapes = Enumerable.Range(0, length).Select(i => "\"\\\u0000\u001f\n"u8[i % 5]).ToArray();

        Assert.True(RoundTrips([escapes, escapes, .. Enumerable.Repeat(escapes[..^1], 50)]));
    }

    [Fact]
    public void The_hash_is_that_of_the_whole_body()
    {
        using var body = PutEventsBody.Of(Batches.Of(new string('x', 700_000), "end"));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Joined(body))), body.Sha256());
    }

    private static bool RoundTrips(byte[][] messages)
    {
        using var body = PutEventsBody.Of(Batches.Bytes(new("/app/\"quoted\"", "s\\treäm"), [.. messages.Select((m, i) => ((long)i * 1_000_003, m))]));
        var bytes = Joined(body);
        Assert.Equal(bytes.Length, body.Length);
        using var json = JsonDocument.Parse(bytes);
        var events = json.RootElement.GetProperty("logEvents").EnumerateArray().ToList();

        return json.RootElement.GetProperty("logGroupName").GetString() == "/app/\"quoted\""
            && json.RootElement.GetProperty("logStreamName").GetString() == "s\\treäm"
            && events.Select((e, i) => e.GetProperty("timestamp").GetInt64() == (long)i * 1_000_003).All(same => same)
            && events.Select(e => Encoding.UTF8.GetBytes(e.GetProperty("message").GetString()!)).Zip(messages, (a, b) => a.AsSpan().SequenceEqual(b)).All(same => same)
            && events.Count == messages.Length;
    }

    private static byte[] ValidUtf8(byte[] bytes) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));

    private static byte[] Joined(PutEventsBody body) => [.. body.Segments.SelectMany(s => s.Buffer.Take(s.Length))];
}
