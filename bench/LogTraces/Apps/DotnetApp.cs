namespace LogTraces.Apps;

/// Serilog's console, Microsoft's console formatter, and what the runtime prints.
internal sealed class DotnetApp : IApp
{
    public string Language => "dotnet";

    public string Logged(Telling telling) => telling.OneIn(2) ? Serilog(telling) : Microsoft(telling);

    public string Uncaught(Telling telling) => $"Unhandled exception. {Exception(telling)}";

    private static string Serilog(Telling telling)
    {
        var head = $"[{telling.Time("HH:mm:ss")} {telling.Any("INF", "WRN", "ERR", "DBG")}] {telling.Sentence}";
        return telling.Next(4) switch
        {
            < 3 => head,
            _ => $"{head}\n{Exception(telling)}",
        };
    }

    private static string Microsoft(Telling telling)
    {
        var head = $"{telling.Any("info", "warn", "fail", "dbug", "crit", "trce")}: Shop.{telling.Type}[{telling.Next(99)}]\n      {telling.Sentence}";
        return telling.Next(4) == 0 ? $"{head}\n      {Exception(telling).Replace("\n", "\n      ", StringComparison.Ordinal)}" : head;
    }

    private static string Exception(Telling telling)
    {
        var text = $"System.{telling.Any("InvalidOperationException", "IO.IOException", "Net.Http.HttpRequestException", "NullReferenceException")}: {telling.Sentence}";
        if (telling.OneIn(3))
            text += $"\n ---> System.AggregateException: One or more errors occurred. ({telling.Sentence})\n{telling.Lines(5, () => Frame(telling))}\n   --- End of inner exception stack trace ---";
        text += "\n" + telling.Lines(12, () => Frame(telling));
        if (telling.OneIn(3))
            text += $"\n--- End of stack trace from previous location ---\n{telling.Lines(4, () => Frame(telling))}";
        return text;
    }

    private static string Frame(Telling telling) => telling.Any(
        $"   at Shop.{telling.Type}.{telling.Any("PayAsync", "<Run>b__0", ".ctor", "MoveNext")}(String id, Int32 count) in /src/Shop/{telling.Type}.cs:line {telling.Number}",
        "   at System.Runtime.CompilerServices.TaskAwaiter.ThrowForNonSuccess(Task task)",
        $"   at Microsoft.AspNetCore.Routing.{telling.Type}.<Invoke>g__Await|6_0(Object state)");
}
