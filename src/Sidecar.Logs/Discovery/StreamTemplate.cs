using System.Text;

namespace Sidecar.Logs.Discovery;

/// Makes a stream's name out of where a file was first seen. Whatever comes out is a name that CloudWatch takes.
internal sealed class StreamTemplate
{
    public const int MaxLength = 512;

    private static readonly string[] Names = ["hostname", "file", "path", "source"];

    private readonly string _text;

    private StreamTemplate(string text) => _text = text;

    /// The placeholders, as a person would write them.
    public static string Placeholders => string.Join(", ", Names.Select(name => "{" + name + "}"));

    public static StreamTemplate? TryParse(string text, out string? fault)
    {
        fault = null;
        if (text.Length is 0 or > MaxLength)
            fault = $"1 to {MaxLength} characters";
        else if (text.AsSpan().IndexOfAny(':', '*') >= 0)
            fault = "no ':' and no '*'";

        for (var open = text.IndexOf('{'); open >= 0 && fault is null; open = text.IndexOf('{', open + 1))
        {
            var close = text.IndexOf('}', open);
            if (close < 0 || !Names.Contains(text[(open + 1)..close]))
                fault = $"only the placeholders {Placeholders}";
        }

        return fault is null ? new StreamTemplate(text) : null;
    }

    public string Fill(string hostname, string path, string source)
    {
        path = RawPath.ToShow(path);
        var filled = new StringBuilder(_text)
            .Replace("{hostname}", hostname)
            .Replace("{file}", Path.GetFileName(path))
            .Replace("{path}", path.TrimStart('/'))
            .Replace("{source}", source)
            .Replace(':', '_')
            .Replace('*', '_');
        if (filled.Length > MaxLength)
            filled.Length = MaxLength;
        return filled.ToString();
    }

    public override string ToString() => _text;
}
