using System.Text;
using LogTraces.Apps;

namespace LogTraces;

/// The events of the files that prove that traces stay whole: for each language the log of an application and its plain output with
/// uncaught exceptions, and one file that all the applications write their logs to.
internal static class TraceFiles
{
    private static readonly IApp[] All = [new JavaApp(), new DotnetApp(), new PythonApp(), new GoApp(), new NodeApp(), new RubyApp(), new PhpApp()];

    public static IReadOnlyList<string> Names => [.. All.Select(app => app.Language), .. All.Select(app => app.Language + "-output"), "mixed"];

    /// What a file holds, event by event; the same for the same seed.
    public static IEnumerable<string> EventsOf(string name, int count, int seed)
    {
        var telling = new Telling(seed);
        for (var i = 0; i < count; i++)
        {
            var app = All.FirstOrDefault(one => name == one.Language || name == one.Language + "-output") ?? telling.Any(All);
            if (!name.EndsWith("-output", StringComparison.Ordinal))
                yield return app.Logged(telling);
            else
                yield return telling.OneIn(4) ? app.Uncaught(telling) : telling.Any($"Listening on port {telling.Number}", $"done with {telling.Sentence}", $"> {telling.Sentence}");
        }
    }

    /// Returns what was written.
    public static IReadOnlyList<string> Write(string path, string name, int count, int seed)
    {
        var events = EventsOf(name, count, seed).ToList();
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        foreach (var one in events)
            file.WriteLine(one);
        return events;
    }
}
