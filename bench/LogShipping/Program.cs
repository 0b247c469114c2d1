using System.Globalization;
using LogShipping;

if (args is ["destination-alone", var url, var bytes])
{
    await DestinationAlone.RunAsync(new Uri(url), long.Parse(bytes, CultureInfo.InvariantCulture));
    return;
}

const long Backlogged = 500_000_000;

Console.WriteLine($"{Environment.ProcessorCount} cores; lines of {Backlog.LineBytes} bytes, newline included; CPU is the agent's user and system time since its start");
Console.WriteLine();
Measurement.Head();
using (var sink = new Sink())
    (await DestinationAlone.MeasureAsync(sink.Url, Backlogged)).Print();
if (args is ["destination"])
    return;

(await AgentRun.MeasureAsync("the agent, one file", 1, Backlogged)).Print();
(await AgentRun.MeasureAsync("the agent, ten files", 10, Backlogged)).Print();
