using System.Globalization;
using LogShipping;
using LogShipping.Lines;
using LogShipping.Service;
using LogShipping.Subjects;

switch (args)
{
    case ["sink", .. var bundle]:
        await Sink.RunAsync(bundle.FirstOrDefault());
        return 0;
    case ["destination-alone", var url, var bundle, var bytes]:
        await DestinationAlone.RunAsync(new Uri(url), bundle, long.Parse(bytes, CultureInfo.InvariantCulture));
        return 0;
}

const long Gigabyte = 1_000_000_000;

var isSecure = !args.Contains("--clear");
var plain = () => new Backlog(PlainLines.Block(50_000), 50_000);
var json = () => new Backlog(JsonLines.Block(100_000), 100_000);
var java = () => new Backlog(JavaTraces.Block(5_000), 5_000);
var subjects = new (string Name, Func<string, Task<IReadOnlyList<Figure>>> MeasureAsync)[]
{
    ("backlog", name => new BacklogSubject(name, plain, Gigabyte, 1, new BacklogBars(4.5, 1_150, 90)).MeasureAsync(isSecure)),
    ("ten-files", name => new BacklogSubject(name, plain, Gigabyte, 10, new BacklogBars()).MeasureAsync(isSecure)),
    ("json", name => new BacklogSubject(name, json, Gigabyte / 2, 1, new BacklogBars(CpuSeconds: 4)).MeasureAsync(isSecure)),
    ("java", name => new BacklogSubject(name, java, Gigabyte / 5, 1, new BacklogBars(CpuSeconds: 3)).MeasureAsync(isSecure)),
    ("destination", name => DestinationAlone.MeasureAsync(name, Gigabyte, isSecure)),
};

var wanted = args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToArray();
if (wanted.FirstOrDefault(one => !subjects.Any(subject => subject.Name == one)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is no subject: {string.Join(", ", subjects.Select(subject => subject.Name))}");
    return 64;
}

Console.WriteLine($"{Environment.ProcessorCount} cores; {(isSecure ? "TLS to" : "clear text to")} a sink in a process of its own; CPU is the agent's user and system time since its start");
Console.WriteLine();
Figure.Head();
foreach (var (name, measureAsync) in subjects.Where(subject => wanted.Length == 0 || wanted.Contains(subject.Name)))
{
    foreach (var figure in await measureAsync(name))
        figure.Print();
}

return 0;
