namespace LogTraces.Apps;

/// The Logger class, and what the interpreter prints.
internal sealed class RubyApp : IApp
{
    public string Language => "ruby";

    public string Logged(Telling telling)
    {
        var (letter, level) = telling.Any(("I", " INFO"), ("W", " WARN"), ("E", "ERROR"), ("D", "DEBUG"));
        var head = $"{letter}, [{telling.Time("yyyy-MM-ddTHH:mm:ss.ffffff")} #{telling.Number}] {level} -- : {telling.Sentence}";
        return telling.Next(10) switch
        {
            < 7 => head,
            7 => $"{head}\n{telling.Paragraph}",
            8 => $"{head} (RuntimeError)\n{telling.Lines(9, () => Place(telling))}",
            _ => $"{head}\n{Uncaught(telling)}",
        };
    }

    public string Uncaught(Telling telling) =>
        $"{Place(telling)}: {telling.Sentence} ({telling.Any("RuntimeError", "NoMethodError", "Net::ReadTimeout")})\n{telling.Lines(9, () => "\tfrom " + Place(telling))}";

    private static string Place(Telling telling) =>
        $"/app/{telling.Name.ToLowerInvariant()}.rb:{telling.Number}:in {telling.Any("`", "'")}{telling.Any("<main>", "pay", "block (2 levels) in run", "Shop::Orders#pay")}'";
}
