namespace Sidecar.Logs.Tests.Model;

/// What a file holds, and under which name.
internal sealed class ModelFile(string path, List<Piece> pieces)
{
    public string Path { get; set; } = path;

    public List<Piece> Pieces { get; } = pieces;

    public bool IsCompressed { get; set; }
}
