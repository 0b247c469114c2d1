using System.Text.Unicode;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Events;

/// Makes the message of an event that was cut: the file's own bytes where they are valid UTF-8, else what they are in UTF-8, and a
/// mark where a line was cut.
internal static class EventText
{
    /// May shorten the event: what is not UTF-8 grows, and pieces carry marks.
    public static ReadOnlyMemory<byte> Of(ref EventCutter cutter, ref CutEvent cut, ReadOnlyMemory<byte> raw, int maxLength, MessageRoom room)
    {
        if (cutter.Encoding == TextEncoding.Utf8 && !cut.IsPiece && Utf8.IsValid(raw.Span))
            return raw;

        var text = room.Reserve(Math.Min((raw.Length * Transcoder.MaxGrowth) + (2 * PieceMark.MaxBytes), maxLength)).Span;
        text = text[..Math.Min(text.Length, maxLength)];
        var head = cut.IsContinued ? PieceMark.Write(text, cutter.OffsetOf(cut.From)) : 0;
        Transcoder.ToUtf8(cutter.Encoding, raw.Span, text[head..^(cut.GoesOn ? PieceMark.MaxBytes : 0)], out var read, out var written);
        if (read < raw.Length)
        {
            Transcoder.ToUtf8(cutter.Encoding, raw.Span, text[head..^PieceMark.MaxBytes], out read, out _);
            cut = cutter.Shorten(cut, read);
            Transcoder.ToUtf8(cutter.Encoding, raw.Span[..cut.Length], text[head..], out _, out written);
        }

        var length = head + written;
        if (cut.GoesOn)
            length += PieceMark.Write(text[length..], cutter.OffsetOf(cut.End));
        return room.Keep(length);
    }
}
