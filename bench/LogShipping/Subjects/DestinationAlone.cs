using System.Globalization;
using Amazon.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;
using LogShipping.Lines;
using LogShipping.Service;
using Sidecar.Testing.Processes;

namespace LogShipping.Subjects;

/// The destination in a process of its own, fed with ready batches of 1 MiB: the floor under the whole agent's cost.
internal static class DestinationAlone
{
    /// Runs in the child; prints elapsed seconds, CPU seconds and calls.
    public static async Task RunAsync(Uri sink, string bundle, long bytes)
    {
        var time = TimeProvider.System;
        var options = new CloudWatchOptions { Endpoint = sink, Region = "eu-west-1", CaBundle = bundle.Length == 0 ? null : bundle };
        var credentials = new BasicAWSCredentials("AKIDEXAMPLE", "secret");
        var http = AwsHttp.Connect(options.Endpoint, options.CaBundle);
        var clock = new ServerClock(time);
        var surroundings = new AwsSurroundings(options, _ => Task.FromResult<AWSCredentials>(credentials), http, clock, time);
        using var client = new CloudWatchClient(http, surroundings, clock, options.TryTimeout, time);
        using var destination = new CloudWatchDestination(client, options, time, () => 0.5, NullLogger<CloudWatchDestination>.Instance);
        using var batch = FullBatch(time.GetUtcNow().ToUnixTimeMilliseconds());

        for (var i = 0; i < 50; i++)
            await destination.SendAsync(batch, CancellationToken.None);

        var before = ProcessUsage.Of(Environment.ProcessId).Cpu;
        var started = time.GetTimestamp();
        var calls = 0;
        for (long sent = 0; sent < bytes; sent += batch.MessageBytes, calls++)
            await destination.SendAsync(batch, CancellationToken.None);
        var elapsed = time.GetElapsedTime(started);
        var cpu = ProcessUsage.Of(Environment.ProcessId).Cpu - before;
        var peak = AgentUnderTest.PeakOf(Environment.ProcessId);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(long)calls * batch.MessageBytes} {elapsed.Ticks} {cpu.Ticks} {peak} {calls}"));
    }

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string name, long bytes, bool isSecure)
    {
        await using var sink = await SinkProcess.StartAsync(isSecure);
        string[] arguments = ["destination-alone", sink.Url.ToString(), sink.Bundle ?? "", bytes.ToString(CultureInfo.InvariantCulture)];
        await using var child = ChildProcess.Start(Environment.ProcessPath!, arguments, new Dictionary<string, string>(StringComparer.Ordinal));
        var code = await child.WaitForExitAsync(TimeSpan.FromMinutes(5));
        if (code != 0)
            throw new InvalidOperationException(child.Transcript);
        var numbers = child.Output[^1].Split(' ').Select(one => long.Parse(one, CultureInfo.InvariantCulture)).ToArray();
        return
        [
            new Figure(name, "CPU", TimeSpan.FromTicks(numbers[2]).TotalSeconds, "s"),
            new Figure(name, "PutLogEvents", numbers[4], ""),
            new Figure(name, "peak RSS", numbers[3] / 1e6, "MB"),
            new Figure(name, "rate", numbers[0] / 1e6 / TimeSpan.FromTicks(numbers[1]).TotalSeconds, "MB/s"),
        ];
    }

    private static LogBatch FullBatch(long now)
    {
        const int Message = PlainLines.LineBytes - 1;
        const int Count = BatchLimits.MaxBytes / (Message + BatchLimits.EventOverheadBytes);
        var lines = PlainLines.Block(Count).AsMemory();
        var events = Enumerable.Range(0, Count)
            .Select(i => new LogEvent(lines.Slice(i * PlainLines.LineBytes, Message), now + i, new FileIdentity(1, 1), 0, 0));
        return new LogBatch(new StreamTarget("/bench/logs", "stream"), events.ToArray(), []);
    }
}
