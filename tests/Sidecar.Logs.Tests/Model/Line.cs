namespace Sidecar.Logs.Tests.Model;

/// A line of what a file held between its creation or truncation and the next one. Banners are equal in all of them.
internal sealed class Line(int number, int content, bool isBanner)
{
    public int Number => number;

    public int Content => content;

    public bool IsBanner => isBanner;

    public List<Piece> Pieces { get; } = [];
}
