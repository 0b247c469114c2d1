namespace Sidecar.Logs.Tests.Model;

/// What one write put into a line: all of it, or a part when the writer paused within it. The parts may arrive as one event or as
/// several, since a quiet last line is sent without its newline; each byte of them once.
internal sealed class Piece(Line line, int index, byte[] shipped)
{
    public Line Line => line;

    public int Index => index;

    /// The bytes as they are to be stored.
    public byte[] Shipped => shipped;

    /// How often it was written; more than once only for a banner.
    public int Written { get; set; } = 1;

    /// How many files hold it that can still be read.
    public int Homes { get; set; }

    /// Destroyed before it was stored, by nobody's fault but the step's.
    public int MayBeLost { get; set; }

    public int MayRepeat { get; set; }

    public override string ToString() => $"line {line.Number} piece {index}";
}
