namespace Sidecar.Logs.Discovery;

/// Makes a stream's name out of where a file was first seen, and of where the agent runs. Whatever comes out is a name that
/// CloudWatch takes.
internal sealed class StreamTemplate
{
    public const int MaxLength = 512;

    private readonly string _text;

    private StreamTemplate(string text, IReadOnlyList<string> placeholders)
    {
        _text = text;
        Placeholders = placeholders;
    }

    public IReadOnlyList<string> Placeholders { get; }

    public static StreamTemplate? TryParse(string text, out string? fault)
    {
        var placeholders = Discovery.Placeholders.In(text);
        fault = text switch
        {
            { Length: 0 or > MaxLength } => $"1 to {MaxLength} characters",
            _ when text.AsSpan().IndexOfAny(':', '*') >= 0 => "no ':' and no '*'",
            _ when placeholders is null => $"only the placeholders {Discovery.Placeholders.Shown}",
            _ => null,
        };
        return fault is null ? new StreamTemplate(text, placeholders!) : null;
    }

    /// Null when a value is not known yet.
    public string? Fill(Func<string, string?> valueOf) =>
        Discovery.Placeholders.Fill(_text, valueOf) is { } filled ? Taken(filled) : null;

    public override string ToString() => _text;

    /// A file may be called anything.
    private static string Taken(string name)
    {
        var length = Math.Min(name.Length, MaxLength);
        if (length < name.Length && char.IsHighSurrogate(name[length - 1]))
            length--;
        var taken = string.Create(length, name, static (into, from) =>
        {
            for (var i = 0; i < into.Length; i++)
                into[i] = from[i] is ':' or '*' || char.IsControl(from[i]) ? '_' : from[i];
        });
        return taken.Length == 0 ? "_" : taken;
    }
}
