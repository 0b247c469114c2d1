using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class EventCutterTests
{
    [Fact]
    public void Lines_lose_their_line_ends_and_empty_ones_are_no_events()
    {
        Assert.Equal(["a", "b", "c"], Cutting.Messages("a\nb\r\n\n\r\n\nc\n"));
    }

    [Fact]
    public void A_line_without_its_newline_is_held_until_the_file_is_quiet()
    {
        Assert.Equal(["a"], Cutting.Messages("a\nhalf"));
        Assert.Equal(["a", "half"], Cutting.Messages("a\nhalf", finality: Finality.Line));
    }

    [Fact]
    public void A_newline_that_comes_after_its_line_was_sent_is_no_event()
    {
        Assert.Equal(["next"], Cutting.Messages("\nnext\n"));
        Assert.Equal(["next"], Cutting.Messages("\r\nnext\n"));
    }

    [Fact]
    public void NULs_of_a_line_survive_wherever_they_stand()
    {
        Assert.Equal(["\0\0a\0b\0", "\0"], Cutting.Messages("\0\0a\0b\0\n\0\n"));
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_line()
    {
        Assert.Equal(["a", "\uFEFFb"], Cutting.Messages("\uFEFFa\n\uFEFFb\n"));
        Assert.Empty(Cutting.Messages("\uFEFF\n"));
        Assert.Equal(["\uFEFFa"], Cutting.Messages("\uFEFFa\n", place: Cutting.Start with { Offset = 9 }));
    }

    [Theory]
    [InlineData(200, "\n")]
    [InlineData(200, "\r\n")]
    public void A_line_as_long_as_an_event_may_be_is_unchanged(int length, string lineEnd)
    {
        var line = new string('x', length);

        Assert.Equal([line, "next"], Cutting.Messages(line + lineEnd + "next\n"));
    }

    [Theory]
    [InlineData("x", 201)]
    [InlineData("x", 352)]
    [InlineData("x", 353)]
    [InlineData("x", 5000)]
    [InlineData("ö", 101)]
    [InlineData("€", 1000)]
    [InlineData("😀", 777)]
    public void A_longer_line_comes_in_pieces_of_whole_characters_that_join_to_what_it_was(string character, int count)
    {
        var line = string.Concat(Enumerable.Repeat(character, count));

        var pieces = Cutting.Messages($"{line}\nnext\n");

        Assert.All(pieces, piece => Assert.InRange(Encoding.UTF8.GetByteCount(piece), 1, Cutting.Max));
        Assert.DoesNotContain(pieces, piece => piece.Contains('\uFFFD'));
        Assert.Equal(line, Cutting.Join(pieces[..^1]));
        Assert.Equal("next", pieces[^1]);
    }

    [Fact]
    public void The_same_mark_ends_one_piece_and_begins_the_next_and_names_the_byte_of_the_file()
    {
        var pieces = Cutting.Messages(new string('x', 201) + "\n", place: Cutting.Start with { Offset = 1000 });

        Assert.Equal([new string('x', 152) + "[sidecar-logs: cut at byte 1152]", "[sidecar-logs: cut at byte 1152]" + new string('x', 49)], pieces);
    }

    [Fact]
    public void A_line_that_never_ends_is_cut_without_waiting_for_its_end()
    {
        Assert.Equal(2, Cutting.Messages(new string('x', 400)).Count);
        Assert.Empty(Cutting.Messages(new string('x', 201)));
    }

    [Fact]
    public void What_follows_a_place_within_a_cut_line_is_marked_as_its_next_piece()
    {
        var place = Cutting.Start with { Offset = 70, IsWithinLine = true };

        Assert.Equal(["[sidecar-logs: cut at byte 70]rest", "next"], Cutting.Messages("rest\nnext\n", place: place));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_cut_anywhere_rather_than_never()
    {
        var pieces = Cutting.Pieces([.. Enumerable.Repeat((byte)0x80, 500), (byte)'\n']);

        Assert.Equal(500, pieces.Sum(piece => Encoding.UTF8.GetString(piece.Message).Count(c => c == '\uFFFD')));
        Assert.All(pieces, piece => Assert.InRange(piece.Message.Length, 1, Cutting.Max));
        Assert.Equal(501, pieces[^1].Cut.End);
    }

    [Fact]
    public void A_group_that_grows_beyond_an_event_when_it_is_repaired_ends_at_a_line_of_its_own()
    {
        byte[] line = [(byte)' ', .. Enumerable.Repeat((byte)0x80, 30), (byte)'\n'];
        byte[] bytes = [(byte)'a', .. line, .. line, .. line, .. line];

        var pieces = Cutting.Messages(bytes, lines: "auto", finality: Finality.Group);

        Assert.Equal("a " + new string('\uFFFD', 30), pieces[0]);
        Assert.Equal(120, string.Concat(pieces).Count(c => c == '\uFFFD'));
        Assert.DoesNotContain(pieces, piece => piece.Contains("cut at byte"));
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
            _ => Gen.Choose(1, 300).Select(length => new string('x', length)),
        }).ListOf().Select(string.Concat);

        Prop.ForAll(texts.ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (text, groups) =>
        {
            var pieces = Cutting.Pieces(Encoding.UTF8.GetBytes(text), groups ? "auto" : "off", Finality.Line);

            Assert.All(pieces, piece => Assert.InRange(piece.Message.Length, 1, Cutting.Max));
            var joined = new StringBuilder();
            foreach (var (message, cut) in pieces)
            {
                var raw = Encoding.UTF8.GetString(message);
                raw = cut.IsContinued ? raw[(raw.IndexOf(']') + 1)..] : raw;
                joined.Append(cut.GoesOn ? raw[..raw.LastIndexOf('[')] : raw);
            }

            Assert.Equal(Flat(text), Flat(joined.ToString()));
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
                var place = Cutting.Start with { Offset = consumed };
                var cutter = new EventCutter(bytes.AsSpan(consumed..Math.Min(end, bytes.Length)), place, 1000, Multiline.Auto, Finality.None);
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
        var indented = " " + new string('x', 98) + "\n";

        Assert.Equal(2, Cutting.Messages("a\n" + indented + indented + "b\n", lines: "auto", finality: Finality.Line)
            .Count(text => text.Contains('x')));
        Assert.NotEmpty(Cutting.Messages("a\n" + indented + indented + "c", lines: "auto"));
    }

    private static string Flat(string text) => text.Replace("\r", "").Replace("\n", "");
}
