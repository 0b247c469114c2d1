namespace LogTraces.Apps;

/// Logback, and what the JVM prints.
internal sealed class JavaApp : IApp
{
    public string Language => "java";

    public string Logged(Telling telling)
    {
        var head = $"{telling.Time("yyyy-MM-dd HH:mm:ss.fff")} {telling.Any("INFO ", "WARN ", "ERROR", "DEBUG")} [http-nio-8080-exec-{telling.Next(9)}] c.e.shop.{telling.Type} - {telling.Sentence}";
        return telling.Next(10) switch
        {
            < 7 => head,
            7 => $"{head}\n{telling.Paragraph}",
            _ => $"{head}\n{Exception(telling)}",
        };
    }

    public string Uncaught(Telling telling) => $"Exception in thread \"main\" {Exception(telling, hasText: false)}";

    private static string Exception(Telling telling, bool hasText = true)
    {
        var text = Named(telling);
        if (hasText && telling.OneIn(5))
            text += "\n" + telling.Paragraph;
        text += "\n" + telling.Lines(25, () => Frame(telling, "\t"));
        if (telling.OneIn(6))
            text += $"\n\tSuppressed: {Named(telling)}\n{telling.Lines(3, () => Frame(telling, "\t\t"))}\n\t\t... {telling.Number} more";
        for (var causes = telling.Next(3); causes > 0; causes--)
            text += $"\nCaused by: {Named(telling)}\n{telling.Lines(6, () => Frame(telling, "\t"))}\n\t... {telling.Number} {telling.Any("more", "common frames omitted")}";
        return text;
    }

    private static string Named(Telling telling) =>
        telling.Any("java.lang.IllegalStateException", "java.io.IOException", "org.springframework.dao.DataAccessException", "java.lang.OutOfMemoryError", "com.example.shop.OrderException")
        + (telling.OneIn(5) ? "" : $": {telling.Sentence}");

    private static string Frame(Telling telling, string indent) => telling.Any(
        $"{indent}at com.example.shop.{telling.Type}.{telling.Any("pay", "lambda$run$0", "<init>", "store")}({telling.Type}.java:{telling.Number})",
        $"{indent}at java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)",
        $"{indent}at org.springframework.web.{telling.Type}$$FastClassBySpringCGLIB$$1.invoke(<generated>)",
        $"{indent}at app//com.example.{telling.Type}.run({telling.Type}.kt:{telling.Number}) ~[app.jar:1.0]");
}
