namespace LogTraces.Apps;

/// Monolog as Laravel writes it, PHP's own error log, and what it prints.
internal sealed class PhpApp : IApp
{
    public string Language => "php";

    public string Logged(Telling telling)
    {
        if (telling.OneIn(4))
            return $"[{telling.Time("dd-MMM-yyyy HH:mm:ss")} UTC] PHP {(telling.OneIn(2) ? Fatal(telling) : $"Warning:  {telling.Sentence} in /app/{telling.Name}.php on line {telling.Number}")}";

        var head = $"[{telling.Time("yyyy-MM-dd HH:mm:ss")}] production.{telling.Any("INFO", "ERROR")}: {telling.Sentence}";
        return telling.Next(10) switch
        {
            < 7 => head + " {\"user\":7} []",
            7 => $"{head}\n{telling.Paragraph}",
            _ => $"{head} {{\"exception\":\"[object] (RuntimeException(code: 0): {telling.Name} at /app/{telling.Name}.php:3)\n[stacktrace]\n{Frames(telling)}\n"
                + (telling.OneIn(3) ? $"\n[previous exception] [object] (LogicException(code: 0): {telling.Name} at /app/x.php:7)\n[stacktrace]\n{Frames(telling)}\n" : "") + "\"} ",
        };
    }

    public string Uncaught(Telling telling) => "PHP " + Fatal(telling);

    private static string Fatal(Telling telling) =>
        $"Fatal error:  Uncaught RuntimeException: {telling.Name} in /app/{telling.Name}.php:{telling.Number}\nStack trace:\n{Frames(telling)}"
        + (telling.OneIn(3) ? $"\n\nNext LogicException: {telling.Name} in /app/b.php:7\nStack trace:\n{Frames(telling)}" : "")
        + $"\n  thrown in /app/{telling.Name}.php on line {telling.Number}";

    private static string Frames(Telling telling)
    {
        var frames = Enumerable.Range(0, 1 + telling.Next(9)).Select(i => telling.Any(
            $"#{i} /app/vendor/{telling.Name}/{telling.Type}.php({telling.Number}): Shop\\\\{telling.Type}->pay(Object(Shop\\\\Order))",
            $"#{i} [internal function]: {telling.Type}::{{closure}}(Array)")).ToList();
        return string.Join('\n', frames) + $"\n#{frames.Count} {{main}}";
    }
}
