using System.Globalization;
using Amazon.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;
using Sidecar.Testing.Processes;

namespace LogShipping;

/// The destination in a process of its own, fed with ready batches of 1 MiB: the floor under the whole agent's cost.
internal static class DestinationAlone
{
    /// Runs in the child; prints elapsed seconds, CPU seconds and calls.
    public static async Task RunAsync(Uri sink, long bytes)
    {
        var time = TimeProvider.System;
        var options = new CloudWatchOptions { Endpoint = sink, Region = "eu-west-1" };
        var credentials = new BasicAWSCredentials("AKIDEXAMPLE", "secret");
        var http = CloudWatchHttp.Connect(options);
        using var client = new CloudWatchClient(
            http, new AwsSurroundings(options, _ => Task.FromResult<AWSCredentials>(credentials), http), new ServerClock(time), options.TryTimeout, time);
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
        var peak = Measurement.PeakOf(Environment.ProcessId);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(long)calls * batch.MessageBytes} {elapsed.Ticks} {cpu.Ticks} {peak} {calls}"));
    }

    public static async Task<Measurement> MeasureAsync(Uri sink, long bytes)
    {
        await using var child = ChildProcess.Start(Environment.ProcessPath!, ["destination-alone", sink.ToString(), $"{bytes}"], new Dictionary<string, string>(StringComparer.Ordinal));
        var code = await child.WaitForExitAsync(TimeSpan.FromMinutes(5));
        if (code != 0)
            throw new InvalidOperationException(child.Transcript);
        var numbers = child.Output[^1].Split(' ').Select(one => long.Parse(one, CultureInfo.InvariantCulture)).ToArray();
        return new Measurement("the destination alone", numbers[0], TimeSpan.FromTicks(numbers[1]), TimeSpan.FromTicks(numbers[2]), numbers[3], numbers[4]);
    }

    private static LogBatch FullBatch(long now)
    {
        const int Message = Backlog.LineBytes - 1;
        const int Count = BatchLimits.MaxBytes / (Message + BatchLimits.EventOverheadBytes);
        var lines = Backlog.Lines(Count).AsMemory();
        var events = Enumerable.Range(0, Count)
            .Select(i => new LogEvent(lines.Slice(i * Backlog.LineBytes, Message), now + i, new FileIdentity(1, 1), 0, 0));
        return new LogBatch(new StreamTarget("/bench/logs", "stream"), events.ToArray(), []);
    }
}
