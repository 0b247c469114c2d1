using System.Text;

namespace Demo;

/// Reads the app's journal as it grows: each call once.
internal sealed class CallJournalReader(string path)
{
    private readonly StringBuilder _unfinished = new();
    private long _offset;

    /// The calls since the last time, without a last line that is still being written.
    public IReadOnlyList<AppCall> ReadNew()
    {
        if (!File.Exists(path))
            return [];

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = _offset;
        using var reader = new StreamReader(file, Encoding.UTF8);
        _unfinished.Append(reader.ReadToEnd());
        _offset = file.Position;

        var text = _unfinished.ToString();
        var end = text.LastIndexOf('\n') + 1;
        _unfinished.Clear().Append(text, end, text.Length - end);
        return [.. text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(AppCall.Parse)];
    }
}
