using AdapterBars;
using AdapterBars.Subjects;

var small = args.Contains("--full") ? 1_000_000 : 100_000;
var subjects = new (string Name, Func<string, IAsyncEnumerable<Figure>> MeasureAsync)[]
{
    ("answers", AnswersSubject.MeasureAsync),
    ("http", name => new QuestionsSubject("http", "http://127.0.0.1:{0}/", "http_2xx", Bar: 2).MeasureAsync(name)),
    ("tcp", name => new QuestionsSubject("tcp", "tcp://127.0.0.1:{0}", "tcp_connect", Bar: 0.8).MeasureAsync(name)),
    ("process", ProcessSubject.MeasureAsync),
    ("many", ManySubject.MeasureAsync),
    ("idle", IdleSubject.MeasureAsync),
    ("start", StartSubject.MeasureAsync),
    ("bodies", name => new BodiesSubject("/large", Probes: 50, Count: 20_000).MeasureAsync(name)),
    ("small", name => new BodiesSubject("/small", Probes: 200, small).MeasureAsync(name)),
    ("commands", CommandsSubject.MeasureAsync),
};

var wanted = args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToArray();
if (wanted.FirstOrDefault(one => !subjects.Any(subject => subject.Name == one)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is no subject: {string.Join(", ", subjects.Select(subject => subject.Name))}");
    return 64;
}

Console.WriteLine($"{Environment.ProcessorCount} cores; CPU is user and system time");
Console.WriteLine();
Figure.Head();
foreach (var (name, measureAsync) in subjects.Where(subject => wanted.Length == 0 || wanted.Contains(subject.Name)))
{
    await foreach (var figure in measureAsync(name))
        figure.Print();
}

return 0;
