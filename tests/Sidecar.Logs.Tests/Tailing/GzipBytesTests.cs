using System.IO.Compression;
using System.Text;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Tailing;

public sealed class GzipBytesTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void Reads_what_was_compressed_at_any_place_and_in_any_order()
    {
        var random = new Random(20260102);
        var content = new byte[5_000_000];
        random.NextBytes(content);
        using var bytes = GzipBytes.Open(Compress(content), out _)!;
        var into = new byte[1_200_000];

        Assert.Equal(content.Length, bytes.Look().Size);
        for (var i = 0; i < 60; i++)
        {
            var offset = random.Next(content.Length + 1000);
            var length = random.Next(into.Length);

            var read = bytes.Read(into.AsSpan(0, length), offset);

            var expected = offset >= content.Length ? [] : content.AsSpan(offset, Math.Min(length, content.Length - offset));
            Assert.True(into.AsSpan(0, read).SequenceEqual(expected));
        }
    }

    [Fact]
    public void A_file_that_is_not_whole_or_damaged_is_not_opened()
    {
        var whole = File.ReadAllBytes(Compress(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9999).Select(n => $"line {n}\n")))));
        var path = _volume.PathOf("cut.gz");
        for (var length = 0; length < whole.Length; length += 997)
        {
            File.WriteAllBytes(path, whole[..length]);

            Assert.Null(GzipBytes.Open(path, out var reason));
            Assert.NotNull(reason);
        }

        whole[^7] ^= 1;
        File.WriteAllBytes(path, whole);
        Assert.Null(GzipBytes.Open(path, out _));
        File.WriteAllText(path, "this is no compressed file at all");
        Assert.Null(GzipBytes.Open(path, out _));
        Assert.Null(GzipBytes.Peek(path));
        Assert.Null(GzipBytes.Open(_volume.PathOf("none.gz"), out var none));
        Assert.Null(none);
    }

    [Fact]
    public void Parts_that_were_put_one_behind_the_other_are_read_as_one_and_a_torn_part_is_not_opened()
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9999).Select(n => $"line {n}\n")));
        byte[] first = File.ReadAllBytes(Compress(lines)), both = [.. first, .. File.ReadAllBytes(Compress(lines.AsSpan(0, 500).ToArray()))];
        var path = _volume.PathOf("parts.gz");
        File.WriteAllBytes(path, both);

        using (var bytes = GzipBytes.Open(path, out _)!)
        {
            var into = new byte[lines.Length + 500];
            Assert.Equal(into.Length, bytes.Look().Size);
            Assert.Equal(into.Length, bytes.Read(into, 0));
            Assert.Equal(lines.Concat(lines.Take(500)), into);
            Assert.True(bytes.IsOfParts);
            Assert.True(bytes.HasFirstPart(lines.Length));
            Assert.False(bytes.HasFirstPart(500));
        }

        for (var length = first.Length + 1; length < both.Length; length++)
        {
            File.WriteAllBytes(path, both[..length]);

            Assert.Null(GzipBytes.Open(path, out var reason));
            Assert.NotNull(reason);
        }
    }

    [Fact]
    public void A_peek_shows_the_head_and_the_length()
    {
        var path = Compress(Encoding.UTF8.GetBytes(new string('x', 100) + new string('y', 9900)));

        var (head, length) = GzipBytes.Peek(path)!.Value;

        Assert.Equal(new string('x', 100) + new string('y', 156), Encoding.UTF8.GetString(head));
        Assert.Equal(10_000u, length);
    }

    private string Compress(byte[] content)
    {
        var path = _volume.PathOf("app.log.1.gz");
        using var file = File.Create(path);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        gzip.Write(content);
        return path;
    }
}
