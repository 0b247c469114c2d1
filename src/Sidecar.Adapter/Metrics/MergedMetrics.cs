using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sidecar.Adapter.Metrics;

/// Our own metrics and those of every source as one text. Sources are read when we are, all at once; one that fails, is too
/// large or too slow is left out, and a metric says so.
internal sealed partial class MergedMetrics(IReadOnlyList<MetricsSource> sources, TimeProvider time, ILogger<MergedMetrics> logger)
{
    /// Stands on our requests: who is asked by one of us says only its own, so that two never ask each other for ever.
    public const string LoopHeader = "X-Sidecar-Merge";

    private readonly HashSet<string> _failing = [];
    private readonly Lock _lock = new();

    public async Task<byte[]> RenderAsync(HttpContext context, byte[] own)
    {
        if (context.Request.Headers.ContainsKey(LoopHeader))
            return own;

        var texts = await Task.WhenAll(sources.Select(source => ReadAsync(source, context.RequestAborted)));
        var merged = new MetricText();
        merged.Add(Encoding.UTF8.GetString(own), source: null, int.MaxValue);
        merged.AddGauge(
            "sidecar_adapter_metrics_source_up",
            "1 when the source's metrics stand here, 0 when it could not be read.",
            sources.Zip(texts, (source, text) => ($"source=\"{source.Name}\"", TryAdd(merged, source, text) ? 1d : 0d)).ToArray());
        return merged.Write();
    }

    private bool TryAdd(MetricText merged, MetricsSource source, (string? Text, string? Trouble) read)
    {
        var trouble = read.Trouble;
        try
        {
            if (read.Text is not null)
            {
                var text = source.Values.Count > 0 ? JsonMetric.Render(source.Values, read.Text) : read.Text;
                merged.Add(text, source.Name, source.MaxSeries);
            }
        }
        // The last for a text within the JSON that is none: half of a surrogate pair.
        catch (Exception broken) when (broken is InvalidDataException or JsonException or FormatException or InvalidOperationException)
        {
            trouble = broken is InvalidDataException ? broken.Message : "it is not JSON";
        }
        Announce(source, trouble);
        return trouble is null;
    }

    private void Announce(MetricsSource source, string? trouble)
    {
        lock (_lock)
        {
            if (trouble is not null && _failing.Add(source.Name))
                Log.SourceFailed(logger, source.Name, trouble);
            else if (trouble is null && _failing.Remove(source.Name))
                Log.SourceBack(logger, source.Name);
        }
    }

    private async Task<(string? Text, string? Trouble)> ReadAsync(MetricsSource source, CancellationToken aborted)
    {
        using var timeout = new CancellationTokenSource(source.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted);
        try
        {
            return (await source.ReadAsync(either.Token), null);
        }
        catch (OperationCanceledException)
        {
            return (null, "timed out");
        }
        catch (Exception trouble) when (trouble is InvalidDataException or HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return (null, trouble is InvalidDataException ? trouble.Message : trouble.GetType().Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3401, LogLevel.Warning, "Metrics source '{Source}' can't be read ({Trouble}); its metrics are left out until it can.")]
        public static partial void SourceFailed(ILogger logger, string source, string trouble);

        [LoggerMessage(3402, LogLevel.Information, "Metrics source '{Source}' can be read again.")]
        public static partial void SourceBack(ILogger logger, string source);
    }
}
