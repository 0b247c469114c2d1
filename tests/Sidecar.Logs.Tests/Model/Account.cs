using System.Text;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Model;

/// Compares what the service stored with what was written, byte for byte.
internal static class Account
{
    private const int Shown = 60;

    public static IEnumerable<Piece> Missing(Ledger ledger, IEnumerable<StoredEvent> stored)
    {
        var counts = stored.SelectMany(one => ledger.Find(one.Message) ?? []).CountBy(piece => piece).ToDictionary();
        return ledger.Pieces.Where(piece => counts.GetValueOrDefault(piece) < piece.Written - piece.MayBeLost);
    }

    public static IReadOnlyList<string> Check(
        Ledger ledger,
        IReadOnlyList<StoredEvent> stored,
        IReadOnlyList<StoredEvent> rejected,
        HashSet<int> unanswered,
        IReadOnlyList<(long FromMs, long ToMs)> kills)
    {
        IReadOnlyList<StoredEvent> answered = [.. stored, .. rejected];
        var events = answered.Select(one => (Event: one, Run: ledger.Find(one.Message))).ToList();
        foreach (var kill in kills)
            Allow(events.Where(one => one.Event.IngestionTime >= kill.FromMs && one.Event.IngestionTime <= kill.ToMs));
        Allow(events.Where(one => unanswered.Contains(one.Event.Batch)));

        var counts = events.SelectMany(one => one.Run ?? []).CountBy(piece => piece).ToDictionary();
        return
        [
            .. events.Where(one => one.Run is null).Select(one => $"changed: '{Show(one.Event.Message)}' is nothing that was written"),
            .. Missing(ledger, answered).Select(piece => $"lost: {piece} '{Show(piece.Shipped)}'"),
            .. ledger.Pieces.Where(piece => counts.GetValueOrDefault(piece) > piece.Written + piece.MayRepeat)
                .Select(piece => $"repeated: {piece} came {counts[piece]} times, {piece.Written + piece.MayRepeat} allowed '{Show(piece.Shipped)}'"),
            .. OutOfOrder(events[..stored.Count], events[stored.Count..]),
        ];
    }

    private static void Allow(IEnumerable<(StoredEvent Event, IReadOnlyList<Piece>? Run)> events)
    {
        foreach (var piece in events.SelectMany(one => one.Run ?? []))
            piece.MayRepeat++;
    }

    /// What comes for the first time comes in the order of its file. What was rejected has come before: a kill may bring it again.
    private static IEnumerable<string> OutOfOrder(
        List<(StoredEvent Event, IReadOnlyList<Piece>? Run)> events, List<(StoredEvent Event, IReadOnlyList<Piece>? Run)> rejected)
    {
        var seen = new HashSet<Piece>(rejected.SelectMany(one => one.Run ?? []));
        var last = new Dictionary<int, Piece>();
        foreach (var piece in events.Where(one => one.Run is not null).SelectMany(one => one.Run!))
        {
            if (piece.Line is { IsBanner: true } or { Content: 0 } || !seen.Add(piece))
                continue;
            if (last.TryGetValue(piece.Line.Content, out var before) && (before.Line.Number, before.Index).CompareTo((piece.Line.Number, piece.Index)) > 0)
                yield return $"out of order: {piece} came after {before}";
            last[piece.Line.Content] = piece;
        }
    }

    private static string Show(byte[] message) => Encoding.UTF8.GetString(message, 0, Math.Min(Shown, message.Length));
}
