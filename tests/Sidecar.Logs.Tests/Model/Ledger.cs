using System.Text;

namespace Sidecar.Logs.Tests.Model;

/// Everything that was written, and which event stands for which of it.
internal sealed class Ledger
{
    private readonly Dictionary<string, IReadOnlyList<Piece>> _runs = new(StringComparer.Ordinal);
    private readonly List<Piece> _pieces = [];
    private int _lines;
    private int _contents;

    public IReadOnlyList<Piece> Pieces => _pieces;

    /// What a file holds until its next truncation; 0 stands for none in particular.
    public int NewContent() => ++_contents;

    public Line NewLine(int content, bool isBanner = false) => new(++_lines, content, isBanner);

    public Piece Append(Line line, byte[] written)
    {
        var shipped = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(written));
        var piece = new Piece(line, line.Pieces.Count, shipped);
        line.Pieces.Add(piece);
        _pieces.Add(piece);
        for (var from = 0; from <= piece.Index; from++)
        {
            var run = line.Pieces[from..];
            _runs.Add(Key([.. run.SelectMany(one => one.Shipped)]), run);
        }

        return piece;
    }

    /// Null when nobody wrote this.
    public IReadOnlyList<Piece>? Find(byte[] message) => _runs.GetValueOrDefault(Key(message));

    private static string Key(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
