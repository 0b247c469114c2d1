using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace LogTraces;

/// The published agent on the trace files, with its default settings, and a stand-in for the service that keeps what arrives.
internal static class TraceRun
{
    private static readonly TimeSpan ShortestRotation = TimeSpan.FromSeconds(3);

    private const string Group = "/bench/traces";

    /// True when each file's stream holds exactly the file's events, in their order.
    public static async Task<bool> ShipAsync(string what, int seed, int eventsEach, bool isLive)
    {
        using var volume = new TempVolume();
        await using var service = await CloudWatchStandIn.StartAsync();
        var written = TraceFiles.Names.ToDictionary(name => name, name => TraceFiles.EventsOf(name, eventsEach, seed + name.Length).ToList(), StringComparer.Ordinal);
        foreach (var (name, events) in written)
            File.WriteAllText(volume.PathOf(name + ".log"), isLive ? "" : string.Concat(events.Select(one => one + "\n")));

        await using var agent = await SidecarProcess.StartReadyAsync("sidecar-logs", EnvironmentOf(service, volume), CancellationToken.None);
        if (isLive)
            await Task.WhenAll(written.Select(file => WriteAsync(volume.PathOf(file.Key + ".log"), file.Value, seed)));

        var expected = written.Values.Sum(events => (long)events.Count);
        await Eventually.TrueAsync(() => written.Keys.Sum(name => (long)service.Events(Group, name + ".log").Count) >= expected, TimeSpan.FromMinutes(5));
        agent.Terminate();
        await agent.WaitForExitAsync();
        return Report(what, written, service);
    }

    /// In pieces of a few lines, or of half ones, and now and then a rotation in the middle of a trace.
    private static async Task WriteAsync(string path, List<string> events, int seed)
    {
        var random = new Random(seed);
        var rotatedAt = TimeProvider.System.GetTimestamp();
        var text = string.Concat(events.Select(one => one + "\n"));
        for (var at = 0; at < text.Length;)
        {
            var end = Math.Min(text.Length, at + random.Next(1, 60_000));
            // A file that comes and goes between two looks of the agent is shipped whole, but after the one that follows it.
            var isDue = TimeProvider.System.GetElapsedTime(rotatedAt) > ShortestRotation && random.Next(5) == 0;
            if (isDue && text.IndexOf("\n\t", at, end - at, StringComparison.Ordinal) is var frame and > 0)
            {
                await File.AppendAllTextAsync(path, text[at..(frame + 1)]);
                Rotate(path);
                rotatedAt = TimeProvider.System.GetTimestamp();
                at = frame + 1;
            }

            await File.AppendAllTextAsync(path, text[at..end]);
            at = end;
            // Less than the agent waits for the rest of a line or of a trace.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 150)), TimeProvider.System);
        }
    }

    private static void Rotate(string path)
    {
        for (var i = 99; i > 0; i--)
        {
            if (File.Exists($"{path}.{i}"))
                File.Move($"{path}.{i}", $"{path}.{i + 1}", overwrite: true);
        }

        File.Move(path, path + ".1");
    }

    private static bool Report(string what, Dictionary<string, List<string>> written, CloudWatchStandIn service)
    {
        Console.WriteLine();
        Console.WriteLine($"| {what} | written | stored | changed |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        var isRight = true;
        foreach (var (name, events) in written)
        {
            var stored = service.Events(Group, name + ".log").Select(one => one.Text).ToList();
            var changed = events.Zip(stored).Count(pair => pair.First != pair.Second) + Math.Abs(events.Count - stored.Count);
            isRight &= changed == 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {events.Count} | {stored.Count} | {changed} |"));
            if (changed > 0)
                Console.WriteLine(FirstDifference(events, stored));
        }

        return isRight;
    }

    private static string FirstDifference(List<string> events, List<string> stored)
    {
        var at = events.Zip(stored).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"event {at}\n  written: {events.ElementAtOrDefault(at)}\n  stored:  {stored.ElementAtOrDefault(at)}";
    }

    private static Dictionary<string, string> EnvironmentOf(CloudWatchStandIn service, TempVolume volume) => new(StringComparer.Ordinal)
    {
        ["LOGS_PATHS"] = volume.PathOf("*.log"),
        ["LOGS_STATE_DIR"] = volume.Folder("state"),
        ["LOGS_GROUP"] = Group,
        ["LOGS_STREAM"] = "{file}",
        // The events' times are long ago.
        ["LOGS_TIMESTAMP"] = "read-time",
        ["AWS_REGION"] = service.Region,
        ["AWS_ACCESS_KEY_ID"] = service.Credentials.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = service.Credentials.SecretKey,
        ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = service.Url.ToString(),
    };
}
