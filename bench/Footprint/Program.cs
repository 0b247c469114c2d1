using System.Globalization;
using Footprint;

const int Starts = 7;

// Each agent with a little of its own work behind it, so that idle means "has worked and waits", not "has just started".
await using var surroundings = await Surroundings.StartAsync();
Console.WriteLine($"{Machine.Describe()}; {Starts} starts each, medians; idle is 10 s after its last work");
Console.WriteLine();
Console.WriteLine("| agent | ready after ms | start CPU ms | idle RSS MB | private dirty MB | threads | under its limit |");
Console.WriteLine("|---|---|---|---|---|---|---|");
foreach (var agent in surroundings.Agents.Where(agent => args.Length == 0 || args.Any(agent.Program.EndsWith)))
{
    var measured = await Measurement.OfAsync(agent, Starts);
    var limited = await MemoryLimit.TryAsync(agent);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {agent.Program} | {measured.ReadyAfter.TotalMilliseconds:0} | {measured.StartCpu.TotalMilliseconds:0} | {Megabytes(measured.Idle.ResidentBytes)} | {Megabytes(measured.Idle.PrivateDirtyBytes)} | {measured.Idle.Threads} | {limited} |"));
}

static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
