using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Sidecar.Logs.Tests.Model;

/// An application's log with the files that rotation made of it, on disk and in the ledger. Whatever destroys bytes says so first.
internal sealed class RotatingLog(string path, Ledger ledger, Action<ModelFile> destroying)
{
    private static readonly string[] Odd =
    [
        "tab\tquote\"backslash\\ end", "caf\u00e9 \u4e16\u754c \U0001f600", "nul\0inside", "\u001b[31mred\u001b[0m", "{\"level\":\"info\",\"x\":[1,2]}",
        "a\rb", "trailing blank ", "<latin>", "<broken>",
    ];

    private static readonly Encoding Utf8 = new UTF8Encoding(false);

    private readonly Line _banner = ledger.NewLine(0, isBanner: true);
    private readonly string _bannerText = "==== " + path + " " + new string('=', 400);
    private readonly List<ModelFile> _rotated = [];
    private ModelFile? _current;
    private Line? _open;
    private Line? _openInRenamed;
    private int _content;

    /// The newest of those that rotation made by renaming, while it is the newest of all.
    public ModelFile? Renamed { get; private set; }

    public ModelFile? NewestRotated => _rotated.Count > 0 ? _rotated[0] : null;

    public void WriteLines(int count, Func<int, byte[]> contentOf, string lineEnd = "\n")
    {
        for (var i = 0; i < count; i++)
            Write(contentOf(i), lineEnd);
    }

    public void WritePlain(int count, string lineEnd = "\n") => WriteLines(count, i => Utf8.GetBytes($"some line {i}"), lineEnd);

    public void WriteOdd(int count) => WriteLines(count, i => OddBytes(i % Odd.Length));

    public void WriteLong(int kibibytes) => WriteLines(1, _ => Utf8.GetBytes(new string('x', kibibytes * 1024)));

    public void WriteHalf() => Write("half "u8.ToArray(), "");

    public void WriteEmpty(int count)
    {
        _open = null;
        Put(Utf8.GetBytes(new string('\n', count)));
    }

    public void WriteBanner()
    {
        if (_open is not null)
            WriteEmpty(1);
        var piece = _banner.Pieces.Count > 0 ? _banner.Pieces[0] : null;
        if (piece is null)
            piece = ledger.Append(_banner, Utf8.GetBytes(_bannerText));
        else
            piece.Written++;
        Current().Pieces.Add(piece);
        piece.Homes++;
        Put(Utf8.GetBytes(_bannerText + "\n"));
    }

    /// As an application does that has not reopened its log yet.
    public IReadOnlyList<Piece> WriteLate(int count)
    {
        var written = new List<Piece>();
        for (var i = 0; i < count; i++)
        {
            var line = _openInRenamed ?? ledger.NewLine(0);
            _openInRenamed = null;
            var bytes = Utf8.GetBytes($"<{line.Number}.{line.Pieces.Count} late>");
            written.Add(Keep(Renamed!, line, bytes));
            Append(Renamed!.Path, [.. bytes, (byte)'\n']);
        }

        return written;
    }

    public void Rename(int keep)
    {
        if (_current is null)
            return;

        Shift(keep);
        File.Move(path, path + ".1");
        _current.Path = path + ".1";
        _rotated.Insert(0, _current);
        Renamed = _current;
        _openInRenamed = _open;
        _current = null;
        _open = null;
    }

    public void CopyAndTruncate(int keep)
    {
        if (_current is null)
            return;

        Shift(keep);
        File.Copy(path, path + ".1");
        var copy = new ModelFile(path + ".1", [.. _current.Pieces]);
        foreach (var piece in copy.Pieces)
            piece.Homes++;
        _rotated.Insert(0, copy);
        Renamed = null;
        Truncate();
    }

    public void Truncate()
    {
        if (_current is null)
            return;

        var before = new ModelFile("", [.. _current.Pieces]);
        destroying(before);
        using (File.Open(path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
        }

        _current.Pieces.Clear();
        _content = ledger.NewContent();
        _open = null;
    }

    public void Delete(ModelFile file)
    {
        destroying(file);
        File.Delete(file.Path);
        _rotated.Remove(file);
        Renamed = Renamed == file ? null : Renamed;
    }

    public void Compress(ModelFile file)
    {
        if (file.IsCompressed)
            return;

        var target = file.Path + ".gz";
        using (var from = File.OpenRead(file.Path))
        using (var to = new GZipStream(File.Create(target), CompressionLevel.Fastest))
            from.CopyTo(to);
        File.SetLastWriteTimeUtc(target, File.GetLastWriteTimeUtc(file.Path));
        File.Delete(file.Path);
        file.Path = target;
        file.IsCompressed = true;
        Renamed = Renamed == file ? null : Renamed;
    }

    private static byte[] OddBytes(int kind) => Odd[kind] switch
    {
        "<latin>" => [.. "caf"u8, 0xE9, .. " latin"u8],
        "<broken>" => [.. "cut "u8, 0xF0, 0x9F, 0x98, .. " and lone "u8, 0x80, 0xFF, .. " end"u8],
        var text => Utf8.GetBytes(text),
    };

    private void Write(byte[] content, string lineEnd)
    {
        var file = Current();
        var line = _open ?? ledger.NewLine(_content);
        var head = string.Create(CultureInfo.InvariantCulture, $"<{line.Number}.{line.Pieces.Count}> ");
        byte[] bytes = [.. Utf8.GetBytes(head), .. content];
        Keep(file, line, bytes);
        _open = lineEnd.Length == 0 ? line : null;
        Put([.. bytes, .. Utf8.GetBytes(lineEnd)]);
    }

    private Piece Keep(ModelFile file, Line line, byte[] bytes)
    {
        var piece = ledger.Append(line, bytes);
        piece.Homes++;
        file.Pieces.Add(piece);
        return piece;
    }

    private ModelFile Current()
    {
        if (_current is not null)
            return _current;
        _content = ledger.NewContent();
        return _current = new ModelFile(path, []);
    }

    private void Put(byte[] bytes)
    {
        Current();
        Append(path, bytes);
    }

    private static void Append(string path, byte[] bytes)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Write(bytes);
    }

    private void Shift(int keep)
    {
        foreach (var tooOld in _rotated.Skip(keep - 1).ToList())
            Delete(tooOld);
        foreach (var file in Enumerable.Reverse(_rotated))
        {
            var number = int.Parse(file.Path.AsSpan(path.Length + 1).TrimEnd(".gz"), CultureInfo.InvariantCulture);
            var to = string.Create(CultureInfo.InvariantCulture, $"{path}.{number + 1}{(file.IsCompressed ? ".gz" : "")}");
            File.Move(file.Path, to);
            file.Path = to;
        }
    }
}
