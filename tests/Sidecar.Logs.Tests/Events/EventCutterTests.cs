using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class EventCutterTests
{
    private const int Max = 20;

    [Fact]
    public void Lines_lose_their_line_ends_and_empty_ones_are_no_events()
    {
        Assert.Equal(["a", "b", "c"], Cut("a\nb\r\n\n\r\n\nc\n"));
    }

    [Fact]
    public void A_line_without_its_newline_is_held_until_the_file_is_quiet()
    {
        Assert.Equal(["a"], Cut("a\nhalf"));
        Assert.Equal(["a", "half"], Cut("a\nhalf", finality: Finality.Line));
    }

    [Fact]
    public void A_newline_that_comes_after_its_line_was_sent_is_no_event()
    {
        Assert.Equal(["next"], Cut("\nnext\n"));
        Assert.Equal(["next"], Cut("\r\nnext\n"));
    }

    [Fact]
    public void The_zeros_of_a_hole_are_not_shipped()
    {
        Assert.Equal(["a"], Cut("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a\n"));
        Assert.Empty(Cut("\0\0\0\0"));
    }

    [Theory]
    [InlineData("12345678901234567890\n", "12345678901234567890")]
    [InlineData("12345678901234567890\r\n", "12345678901234567890")]
    [InlineData("123456789012345678901\n", "12345678901234567890|1")]
    [InlineData("1234567890123456789012", "12345678901234567890")]
    [InlineData("1234567890123456789ö\n", "1234567890123456789|ö")]
    [InlineData("12345678901234567ö€\n", "12345678901234567ö|€")]
    public void A_line_that_is_too_long_comes_out_in_pieces_of_whole_characters(string text, string expected)
    {
        Assert.Equal(expected, string.Join('|', Cut(text)));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_cut_anywhere_rather_than_never()
    {
        var bytes = Enumerable.Repeat((byte)0x80, 50).ToArray();

        Assert.Equal([20, 20], Cut(bytes, false, Finality.None, Max).Select(piece => piece.Length));
    }

    [Fact]
    public void However_a_text_is_chopped_and_cut_nothing_but_line_ends_is_lost_and_no_piece_is_too_long()
    {
        var texts = Gen.Choose(0, 5).SelectMany(kind => kind switch
        {
            0 => Gen.Constant("\n"),
            1 => Gen.Constant("\r\n"),
            2 => Gen.Constant("€"),
            3 => Gen.Constant(" at x"),
            _ => Gen.Choose(1, 30).Select(length => new string('x', length)),
        }).ListOf().Select(string.Concat);

        Prop.ForAll(texts.ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (text, groups) =>
        {
            var pieces = Cut(Encoding.UTF8.GetBytes(text), groups, Finality.Line, Max);

            Assert.All(pieces, piece => Assert.InRange(piece.Length, 1, Max));
            Assert.Equal(
                text.Replace("\r", "").Replace("\n", ""),
                string.Concat(pieces.Select(Encoding.UTF8.GetString)).Replace("\r", "").Replace("\n", ""));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_was_consumed_can_be_forgotten_at_any_point()
    {
        var bytes = Encoding.UTF8.GetBytes("one\n\ntwo\n at three\nCaused by: four\nfive\nmay go on");
        for (var chunk = 1; chunk < bytes.Length; chunk++)
        {
            var events = new List<string>();
            var consumed = 0;
            for (var end = chunk; end < bytes.Length + chunk; end += chunk)
            {
                var cutter = new EventCutter(bytes.AsSpan(consumed..Math.Min(end, bytes.Length)), 1000, groups: true, Finality.None);
                while (cutter.TryNext(out var cut))
                    events.Add(Encoding.UTF8.GetString(bytes.AsSpan(consumed + cut.From, cut.Length)));
                consumed += cutter.Consumed;
            }

            Assert.Equal(["one", "two\n at three\nCaused by: four"], events);
        }
    }

    [Fact]
    public void A_group_of_lines_that_fills_all_the_bytes_there_can_be_does_not_wait_for_more()
    {
        Assert.Equal(["123456", "  345678", "9", "a", "  b"], Cut("123456\n  3456789\na\n  b\n", groups: true, finality: Finality.Line, max: 8)
            .SelectMany(text => text.Split('\n')));
        Assert.NotEmpty(Cut("1234\n  34567890", groups: true, max: 12));
    }

    private static List<string> Cut(string text, bool groups = false, Finality finality = Finality.None, int max = Max) =>
        [.. Cut(Encoding.UTF8.GetBytes(text), groups, finality, max).Select(Encoding.UTF8.GetString)];

    private static List<byte[]> Cut(byte[] bytes, bool groups, Finality finality, int max)
    {
        var pieces = new List<byte[]>();
        var cutter = new EventCutter(bytes, max, groups, finality);
        while (cutter.TryNext(out var cut))
            pieces.Add(bytes[cut.From..(cut.From + cut.Length)]);
        return pieces;
    }
}
