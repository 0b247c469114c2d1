using System.Globalization;
using LogShipping;
using LogShipping.Lines;
using LogShipping.Service;
using LogShipping.Subjects;

switch (args)
{
    case ["sink", var folder, var protocol]:
        await Sink.RunAsync(folder, isSecure: protocol == "tls");
        return 0;
    case ["destination-alone", var url, var bundle, var bytes]:
        await DestinationAlone.RunAsync(new Uri(url), bundle, long.Parse(bytes, CultureInfo.InvariantCulture));
        return 0;
}

const long Gigabyte = 1_000_000_000;

var isSecure = !args.Contains("--clear");
var outage = args.Contains("--full") ? TimeSpan.FromMinutes(10) : TimeSpan.FromMinutes(1);
var plain = () => new Backlog(PlainLines.Block(50_000), 50_000);
var json = () => new Backlog(JsonLines.Block(100_000), 100_000);
var java = () => new Backlog(JavaTraces.Block(5_000), 5_000);
var subjects = new (string Name, Func<string, Task<IReadOnlyList<Figure>>> MeasureAsync)[]
{
    ("backlog", name => new BacklogSubject(name, plain, Gigabyte, 1, new BacklogBars(4.5, 1_150, 90)).MeasureAsync(isSecure)),
    ("ten-files", name => new BacklogSubject(name, plain, Gigabyte, 10, new BacklogBars()).MeasureAsync(isSecure)),
    ("json", name => new BacklogSubject(name, json, Gigabyte / 2, 1, new BacklogBars(CpuSeconds: 4)).MeasureAsync(isSecure)),
    ("java", name => new BacklogSubject(name, java, Gigabyte / 5, 1, new BacklogBars(CpuSeconds: 3)).MeasureAsync(isSecure)),
    ("follow", name => FollowSubject.MeasureAsync(name, isSecure)),
    ("idle", name => new IdleSubject(name, 1, ResidentBar: 50, DirtyBar: 20, CpuBar: 0.2).MeasureAsync(isSecure)),
    ("idle-1000", name => new IdleSubject(name, 1_000, ResidentBar: 65, DirtyBar: null, CpuBar: 1).MeasureAsync(isSecure)),
    ("latency", name => new LatencySubject(name, "off", 0.7, 1.4).MeasureAsync(isSecure)),
    ("latency-auto", name => new LatencySubject(name, "auto", 1.2, 1.9).MeasureAsync(isSecure)),
    ("new-directory", name => NewDirectorySubject.MeasureAsync(name, isSecure)),
    ("outage", name => OutageSubject.MeasureAsync(name, outage, isSecure)),
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
