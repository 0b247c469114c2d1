using System.Text;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Tests.Events;

/// Cuts bytes into messages as the batch builder does, in one go or as they come in, chunk by chunk.
internal static class Cutting
{
    public const int Max = 200;

    public static readonly CutPlace Start = new(0, TextEncoding.Utf8, IsWithinLine: false);

    public static List<string> Messages(
        string text, string lines = "off", Finality finality = Finality.None, int max = Max, CutPlace? place = null) =>
        Messages(Encoding.UTF8.GetBytes(text), lines, finality, max, place);

    public static List<string> Messages(
        byte[] bytes, string lines = "off", Finality finality = Finality.None, int max = Max, CutPlace? place = null) =>
        [.. Pieces(bytes, lines, finality, max, place).Select(piece => Encoding.UTF8.GetString(piece.Message))];

    public static List<(byte[] Message, CutEvent Cut)> Pieces(
        byte[] bytes, string lines = "off", Finality finality = Finality.None, int max = Max, CutPlace? place = null)
    {
        var pieces = new List<(byte[], CutEvent)>();
        var room = new MessageRoom();
        var cutter = new EventCutter(bytes, place ?? Start, max, Multiline.Read(lines).Value!, finality);
        while (cutter.TryNext(out var cut))
        {
            var message = EventText.Of(ref cutter, ref cut, bytes.AsMemory(cut.From, cut.Length), max, room).ToArray();
            pieces.Add((message, cut));
        }

        return pieces;
    }

    /// What a user does to have a line again that came in pieces.
    public static string Join(IEnumerable<string> pieces)
    {
        var joined = "";
        foreach (var piece in pieces)
        {
            var mark = joined.LastIndexOf("[sidecar-logs: cut at byte ", StringComparison.Ordinal);
            joined = mark < 0 ? piece : joined[..mark] + piece[(joined.Length - mark)..];
        }

        return joined;
    }
}
