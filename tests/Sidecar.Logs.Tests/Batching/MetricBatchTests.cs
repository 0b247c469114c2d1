using System.Globalization;
using System.Text;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Shaping;
using Sidecar.Logs.Tailing;
using Sidecar.Logs.Tests.Destination;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Batching;

public sealed class MetricBatchTests : IDisposable
{
    private const string Metrics =
        """{"_aws":{"Timestamp":1767323045678,"CloudWatchMetrics":[{"Namespace":"a","Dimensions":[[]],"Metrics":[{"Name":"x"}]}]},"x":1}""";

    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-02T04:00:00Z", CultureInfo.InvariantCulture);

    private readonly TempVolume _volume = new();
    private readonly List<FileTail> _tails = [];

    public void Dispose()
    {
        foreach (var tail in _tails)
            tail.Dispose();
        _volume.Dispose();
    }

    [Fact]
    public void Metrics_go_in_batches_of_their_own_in_order_byte_for_byte_and_with_their_own_time()
    {
        var batches = Build(
            $"plain\n{Metrics}\n{Metrics}\n{{\"_aws\":1}}\n",
            new ShapingOptions { Format = EventFormat.Json, Parse = LineParsing.Read("logfmt").Value });

        Assert.Equal([(false, "plain"), (true, $"{Metrics}|{Metrics}"), (false, "{\"_aws\":1}")], batches.Select(one => (one.IsMetrics, one.Messages)));
        Assert.Equal(1_767_323_045_678, batches[1].FirstMs);
    }

    [Fact]
    public void A_file_that_mixes_metrics_into_its_lines_does_not_become_batches_of_one_line()
    {
        var batches = Build(string.Concat(Enumerable.Repeat($"plain\n{Metrics}\n", 5_000)), ShapingOptions.Default);

        Assert.InRange(batches.Count, 17, 60);
        Assert.Equal(string.Join('|', Enumerable.Repeat($"plain|{Metrics}", 5_000)), string.Join('|', batches.Select(one => one.Messages)));
    }

    [Fact]
    public async Task The_service_is_told_that_a_batch_holds_metrics()
    {
        await using var shipping = await CloudWatchRig.ToStandInAsync();
        using var batch = Open($"{Metrics}\n", ShapingOptions.Default)(out _);

        await shipping.SendAsync("plain");
        await shipping.Destination.SendAsync(batch!, TestContext.Current.CancellationToken);

        Assert.Equal(["", "", "json/emf", "json/emf"], shipping.Service.Formats);
        Assert.Empty(shipping.Service.SignatureFailures);
    }

    private delegate LogBatch? NextBatch(out FileTail tail);

    private List<(bool IsMetrics, string Messages, long FirstMs)> Build(string text, ShapingOptions options)
    {
        var next = Open(text, options);
        var batches = new List<(bool, string, long)>();
        while (next(out var tail) is { } batch)
        {
            using (batch)
            {
                BatchRules.Hold(batch);
                var events = batch.Events.ToArray();
                batches.Add((batch.IsMetrics, string.Join('|', events.Select(one => Encoding.UTF8.GetString(one.Message.Span))), events[0].TimestampMs));
                tail.Bookmark = batch.Ranges.Single().End;
                tail.Clock = batch.Ranges.Single().Clock;
            }
        }

        return batches;
    }

    private NextBatch Open(string text, ShapingOptions options)
    {
        var path = _volume.Write("a.log", text);
        var opened = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        _tails.Add(opened);
        var stream = new LogStream(new StreamTarget("/test", "stream"));
        stream.Add(opened);
        var builder = new BatchBuilder(
            new TailTimeouts(TimeSpan.FromSeconds(5), TimeSpan.Zero),
            new Dictionary<string, ShapingOptions>(StringComparer.Ordinal) { ["default"] = options });
        return (out FileTail tail) =>
        {
            tail = opened;
            return builder.Build(stream, Now, 0);
        };
    }
}
