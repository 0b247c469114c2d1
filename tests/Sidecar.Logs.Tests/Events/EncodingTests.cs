using System.Text;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class EncodingTests
{
    public static TheoryData<string> Texts => new("plain\nlines\n", "Grüße\r\n\r\n€ 5\nੌ\u0A0A\u0D0A\uD83D\uDE00\n\u000D\u0A00x\nend\n");

    [Fact]
    public void Bytes_that_are_no_UTF8_become_the_replacement_character()
    {
        Assert.Equal(["a\uFFFDb\uFFFD\uFFFDc", "ok"], Cutting.Messages([(byte)'a', 0xFF, (byte)'b', 0xC3, 0xE2, (byte)'c', .. "\nok\n"u8]));
    }

    [Fact]
    public void Latin_1_becomes_UTF8()
    {
        Assert.Equal(
            ["Grüße", "ÿ\u0080"],
            Cutting.Messages(Encoding.Latin1.GetBytes("Grüße\r\n\nÿ\u0080\n"), place: Cutting.Start with { Encoding = TextEncoding.Latin1 }));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void UTF16_of_either_order_becomes_UTF8_and_its_lines_end_where_they_should(string text)
    {
        var expected = text.Replace("\r\n", "\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(expected, Cutting.Messages(Encoding.Unicode.GetBytes("\uFEFF" + text), place: Little));
        Assert.Equal(expected, Cutting.Messages(Encoding.BigEndianUnicode.GetBytes("\uFEFF" + text), place: Big));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void UTF16_is_cut_alike_wherever_the_chunks_end(string text)
    {
        foreach (var (encoding, start) in new[] { (Encoding.Unicode, Little), (Encoding.BigEndianUnicode, Big) })
        {
            var bytes = encoding.GetBytes("\uFEFF" + text);
            for (var chunk = 1; chunk < bytes.Length; chunk++)
            {
                var messages = new List<string>();
                var place = start;
                for (var end = chunk; end < bytes.Length + chunk; end += chunk)
                {
                    var pieces = Cutting.Pieces(bytes[(int)place.Offset..Math.Min(end, bytes.Length)], place: place);
                    messages.AddRange(pieces.Select(piece => Encoding.UTF8.GetString(piece.Message)));
                    place = place with { Offset = place.Offset + (pieces.Count == 0 ? 0 : pieces[^1].Cut.End) };
                }

                Assert.Equal(text.Replace("\r\n", "\n").Split('\n', StringSplitOptions.RemoveEmptyEntries), messages);
            }
        }
    }

    [Theory]
    [InlineData("x", 201)]
    [InlineData("€", 67)]
    [InlineData("😀", 500)]
    public void A_long_UTF16_line_is_cut_between_characters_and_its_pieces_fit_as_UTF8(string character, int count)
    {
        var line = string.Concat(Enumerable.Repeat(character, count));

        var pieces = Cutting.Messages(Encoding.BigEndianUnicode.GetBytes(line + "\nnext\n"), place: Big);

        Assert.All(pieces, piece => Assert.InRange(Encoding.UTF8.GetByteCount(piece), 1, Cutting.Max));
        Assert.Equal(line, Cutting.Join(pieces[..^1]));
        Assert.Equal("next", pieces[^1]);
    }

    [Fact]
    public void A_UTF16_line_of_the_largest_size_is_unchanged_although_the_file_has_twice_its_bytes()
    {
        Assert.Equal([new string('x', 200)], Cutting.Messages(Encoding.Unicode.GetBytes(new string('x', 200) + "\r\n"), place: Little));
    }

    [Fact]
    public void Half_a_UTF16_unit_spoils_nothing_but_itself()
    {
        byte[] bytes = [.. Encoding.Unicode.GetBytes("a\nb"), 0x63];

        var sent = Cutting.Pieces(bytes, finality: Finality.Line, place: Little);
        var after = Cutting.Messages([0, .. Encoding.Unicode.GetBytes("d\ne\n")], place: Little with { Offset = bytes.Length });

        Assert.Equal(["a", "b\uFFFD"], sent.Select(piece => Encoding.UTF8.GetString(piece.Message)));
        Assert.Equal(bytes.Length, sent[^1].Cut.End);
        Assert.Equal(["d", "e"], after);
    }

    [Fact]
    public void A_surrogate_without_its_other_half_becomes_the_replacement_character()
    {
        Assert.Equal(["a\uFFFDb"], Cutting.Messages([(byte)'a', 0, 0x3D, 0xD8, (byte)'b', 0, (byte)'\n', 0], place: Little));
    }

    private static Sidecar.Logs.Tailing.CutPlace Little => Cutting.Start with { Encoding = TextEncoding.Utf16LittleEndian };

    private static Sidecar.Logs.Tailing.CutPlace Big => Cutting.Start with { Encoding = TextEncoding.Utf16BigEndian };
}
