using System.Globalization;
using System.Text;
using System.Text.Json;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Metrics;

/// A number in a JSON text that becomes a metric: `queue_length=$.queue.length`.
internal sealed record JsonMetric(string Name, JsonPath Path)
{
    public static Parsed<IReadOnlyList<JsonMetric>> ReadAll(string text)
    {
        List<JsonMetric> metrics = [];
        foreach (var item in ValueForms.List(text))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            var path = equals < 1 ? default : JsonPath.Read(item[(equals + 1)..].Trim());
            if (equals < 1 || !MetricSample.IsName(item.AsSpan(0, equals).Trim()) || !path.IsRight)
                return Parsed.Wrong<IReadOnlyList<JsonMetric>>("metrics and their paths are expected, name=$.path, separated by ;");

            metrics.Add(new JsonMetric(item[..equals].Trim(), path.Value));
        }
        return Parsed.Right<IReadOnlyList<JsonMetric>>(metrics);
    }

    /// The metrics of a text as Prometheus has them; one that is not there, or no number, is left out.
    public static string Render(IReadOnlyList<JsonMetric> metrics, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var text = new StringBuilder();
        foreach (var metric in metrics)
        {
            var reader = new Utf8JsonReader(bytes);
            double? value = !metric.Path.TrySeek(ref reader) ? null : reader.TokenType switch
            {
                JsonTokenType.Number => reader.GetDouble(),
                JsonTokenType.True => 1,
                JsonTokenType.False => 0,
                JsonTokenType.String when double.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
                _ => null,
            };
            if (value is { } found)
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {metric.Name} gauge\n{metric.Name} {found:R}\n");
        }
        return text.ToString();
    }
}
