using System.Globalization;
using LogsTorture;

var (seconds, rate, seed) = (40.0, 5_000, 1);
var names = new List<string>();
foreach (var argument in args)
{
    switch (argument.Split('=', 2))
    {
        case ["--seconds", var value]: seconds = double.Parse(value, CultureInfo.InvariantCulture); break;
        case ["--rate", var value]: rate = int.Parse(value, CultureInfo.InvariantCulture); break;
        case ["--seed", var value]: seed = int.Parse(value, CultureInfo.InvariantCulture); break;
        case [var name] when Scenario.All.Any(one => one.Name == name): names.Add(name); break;
        default:
            Console.Error.WriteLine($"'{argument}' is not understood: --seconds=40, --rate=5000, --seed=1, and scenarios:");
            foreach (var one in Scenario.All)
                Console.Error.WriteLine($"  {one.Name}: {one.What}");
            return 64;
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rate} lines/s for {seconds} s each, seed {seed}, {Environment.ProcessorCount} cores"));
Console.WriteLine();
TortureResult.Head();
var holds = true;
foreach (var scenario in Scenario.All.Where(one => names.Count == 0 || names.Contains(one.Name)))
{
    var result = await TortureRun.PlayAsync(scenario, TimeSpan.FromSeconds(seconds), rate, seed, CancellationToken.None);
    result.Print();
    holds &= result.Holds;
}

return holds ? 0 : 1;
