using System.Globalization;
using LogTraces;

var seed = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1;
var events = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 300_000;
Console.WriteLine($"seed {seed}, {events} events in {TraceFiles.Names.Count} files");
var hasBacklog = await TraceRun.ShipAsync("written before the agent starts", seed, events / TraceFiles.Names.Count, isLive: false);
var hasLive = await TraceRun.ShipAsync("written line by line while it runs, with rotations", seed, events / TraceFiles.Names.Count, isLive: true);
return hasBacklog && hasLive ? 0 : 1;
