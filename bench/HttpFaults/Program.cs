using System.Globalization;
using System.Net;
using HttpFaults;

if (args is ["backend", var address, var idle])
{
    await new Backend(IPEndPoint.Parse(address), TimeSpan.FromMilliseconds(double.Parse(idle, CultureInfo.InvariantCulture))).ServeAsync();
    return 0;
}

if (args.FirstOrDefault(name => Scenario.All.All(one => one.Name != name)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is not understood; the faults are:");
    foreach (var one in Scenario.All)
        Console.Error.WriteLine($"  {one.Name}: {one.What}");
    return 64;
}

Outcome.Head();
bool holds = true;
foreach (var scenario in Scenario.All.Where(one => args.Length == 0 || args.Contains(one.Name)))
{
    foreach (string through in (string[])[WayIn.HaProxy, WayIn.Nginx, WayIn.Ambassador])
    {
        var outcome = await scenario.PlayAsync(through);
        outcome.Print(scenario.Name, through);
        holds &= through != WayIn.Ambassador || outcome.Holds;
    }
}

return holds ? 0 : 1;
