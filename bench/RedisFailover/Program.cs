using System.Globalization;
using RedisFailover;

var (runs, isPaired) = (3, true);
var names = new List<string>();
foreach (string argument in args)
{
    switch (argument.Split('=', 2))
    {
        case ["--runs", var value]: runs = int.Parse(value, CultureInfo.InvariantCulture); break;
        case ["--without-haproxy"]: isPaired = false; break;
        case [var name] when name == ReconnectRun.Name || Scenario.All.Any(one => one.Name == name): names.Add(name); break;
        default:
            Console.Error.WriteLine($"'{argument}' is not understood: --runs=3, --without-haproxy, and scenarios:");
            foreach (var one in Scenario.All)
                Console.Error.WriteLine($"  {one.Name}: {one.What}");
            Console.Error.WriteLine($"  {ReconnectRun.Name}: 200 clients, and a server that is killed and started again");
            return 64;
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"1 write a millisecond, down-after 1000 ms, {Environment.ProcessorCount} cores, {runs} runs each"));
Console.WriteLine();
FailoverResult.Head();
bool holds = true;
foreach (var scenario in Scenario.All.Where(one => names.Count == 0 || names.Contains(one.Name)))
{
    for (int run = 1; run <= runs; run++)
    {
        foreach (string through in isPaired ? (string[])[WayIn.Ambassador, WayIn.HaProxy] : [WayIn.Ambassador])
        {
            var result = await FailoverRun.PlayAsync(scenario, through, run);
            result.Print();
            holds &= through != WayIn.Ambassador || result.Holds;
        }
    }
}

if (names.Count == 0 || names.Contains(ReconnectRun.Name))
{
    ReconnectRun.Head();
    for (int run = 1; run <= runs; run++)
        holds &= await ReconnectRun.PlayAsync(run);
}

return holds ? 0 : 1;
