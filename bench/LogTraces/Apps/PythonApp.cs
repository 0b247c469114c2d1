namespace LogTraces.Apps;

/// The logging module, and what the interpreter prints.
internal sealed class PythonApp : IApp
{
    public string Language => "python";

    public string Logged(Telling telling)
    {
        var level = telling.Any("INFO", "WARNING", "ERROR", "DEBUG");
        var head = telling.OneIn(4)
            ? $"{level}:shop.{telling.Name.ToLowerInvariant()}:{telling.Sentence}"
            : $"{telling.Time("yyyy-MM-dd HH:mm:ss,fff")} {level} shop.{telling.Name.ToLowerInvariant()}: {telling.Sentence}";
        return telling.Next(10) switch
        {
            < 7 => head,
            7 => $"{head}\n{telling.Paragraph}",
            _ => $"{head}\n{Traceback(telling)}",
        };
    }

    public string Uncaught(Telling telling) => Traceback(telling, hasText: false);

    private static string Traceback(Telling telling, bool hasText = true)
    {
        var text = One(telling);
        for (var causes = telling.Next(3); causes > 0; causes--)
        {
            text += telling.Any(
                "\n\nDuring handling of the above exception, another exception occurred:\n\n",
                "\n\nThe above exception was the direct cause of the following exception:\n\n") + One(telling);
        }

        return hasText && telling.OneIn(6) ? $"{text}\n[SQL: SELECT {telling.Name}]\n(Background on this error at: https://sqlalche.me/e/20/{telling.Number})" : text;
    }

    private static string One(Telling telling) => "Traceback (most recent call last):\n" + telling.Lines(8, () => Frame(telling)) + "\n" + Named(telling);

    private static string Named(Telling telling) => telling.Any(
        $"ValueError: {telling.Sentence}", "KeyError: 'x'", "KeyboardInterrupt", $"shop.errors.Failed: {telling.Sentence}", $"sqlalchemy.exc.OperationalError: (psycopg.OperationalError) {telling.Sentence}");

    private static string Frame(Telling telling)
    {
        var frame = $"  File \"/app/shop/{telling.Name.ToLowerInvariant()}.py\", line {telling.Number}, in {telling.Any("<module>", "pay", "__call__", "<lambda>")}\n    return self.{telling.Any("pay", "store")}(order, *args)";
        return telling.OneIn(3) ? frame + "\n           ~~~~~~~~~^^^^^^^^^^^^^^" : telling.OneIn(9) ? frame + "\n  [Previous line repeated 984 more times]" : frame;
    }
}
