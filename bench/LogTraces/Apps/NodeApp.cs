namespace LogTraces.Apps;

/// Winston, pino's JSON, and what the runtime prints.
internal sealed class NodeApp : IApp
{
    public string Language => "node";

    public string Logged(Telling telling)
    {
        if (telling.OneIn(3))
            return $"{{\"level\":30,\"time\":{telling.Number},\"pid\":1,\"msg\":\"{telling.Hex}\",\"stack\":\"Error: x\\n    at y\"}}";

        var head = $"{telling.Time("yyyy-MM-ddTHH:mm:ss.fffZ")} [{telling.Name}] {telling.Any("info", "warn", "error")}: {telling.Sentence}";
        return telling.Next(10) switch
        {
            < 7 => head,
            7 => $"{head}\n{telling.Paragraph}",
            _ => $"{head}\n{Error(telling)}",
        };
    }

    public string Uncaught(Telling telling) =>
        $"/app/{telling.Name.ToLowerInvariant()}.js:{telling.Number}\n    throw new Error('boom');\n    ^\n\n{Error(telling)}\n\nNode.js v20.11.{telling.Next(9)}";

    private static string Error(Telling telling)
    {
        var text = $"{telling.Any("Error", "TypeError", "AssertionError [ERR_ASSERTION]", "SequelizeDatabaseError")}: {telling.Sentence}\n{telling.Lines(10, () => Frame(telling))}";
        if (telling.OneIn(3))
            text += $" {{\n  code: 'ECONNREFUSED',\n  errno: -111,\n  [cause]: Error: {telling.Sentence}\n{telling.Lines(3, () => "    " + Frame(telling))}\n}}";
        return text;
    }

    private static string Frame(Telling telling) => telling.Any(
        $"    at {telling.Type}.pay (/app/{telling.Name.ToLowerInvariant()}.js:{telling.Number}:7)",
        "    at async Promise.all (index 0)",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
        $"    at /app/node_modules/express/lib/router/index.js:{telling.Number}:12");
}
