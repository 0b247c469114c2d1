using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Sidecar.Hosting.Telemetry;

/// <summary>
/// Writes metrics in the Prometheus text format 0.0.4, or as OpenMetrics 1.0. Names follow OpenTelemetry's rules for
/// Prometheus: dots become underscores, the unit and _total are appended.
/// </summary>
internal sealed class PrometheusText(bool isOpenMetrics)
{
    public const string PlainContentType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly StringBuilder _text = new(8192);
    private readonly HashSet<string> _families = new(StringComparer.Ordinal);

    public void Add(Metric metric)
    {
        var isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var isHistogram = metric.MetricType is MetricType.Histogram;
        var family = FamilyName(metric.Name, metric.Unit, isCounter);
        if (!_families.Add(family))
        {
            return;
        }

        var sample = isCounter ? family + "_total" : family;
        var described = isCounter && !isOpenMetrics ? sample : family;
        if (metric.Description.Length > 0)
        {
            _text.Append("# HELP ").Append(described).Append(' ').Append(EscapeHelp(metric.Description)).Append('\n');
        }

        _text.Append("# TYPE ").Append(described).Append(isHistogram ? " histogram\n" : isCounter ? " counter\n" : " gauge\n");
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (isHistogram)
            {
                AddHistogram(family, point);
            }
            else
            {
                _text.Append(sample).Append(Labels(point.Tags, null)).Append(' ').Append(Value(metric.MetricType, point)).Append('\n');
            }
        }
    }

    public byte[] Finish()
    {
        if (isOpenMetrics)
        {
            _text.Append("# EOF\n");
        }

        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    internal static string FamilyName(string name, string? unit, bool isCounter)
    {
        var family = Sanitize(name);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "1" when !isCounter => "_ratio",
            _ => "",
        };
        if (isCounter && family.EndsWith("_total", StringComparison.Ordinal))
        {
            family = family[..^"_total".Length];
        }

        return family.EndsWith(suffix, StringComparison.Ordinal) ? family : family + suffix;
    }

    private void AddHistogram(string family, in MetricPoint point)
    {
        long cumulative = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            cumulative += bucket.BucketCount;
            _text.Append(family).Append("_bucket").Append(Labels(point.Tags, Number(bucket.ExplicitBound))).Append(' ').Append(cumulative).Append('\n');
        }

        var labels = Labels(point.Tags, null);
        _text.Append(family).Append("_sum").Append(labels).Append(' ').Append(Number(point.GetHistogramSum())).Append('\n');
        _text.Append(family).Append("_count").Append(labels).Append(' ').Append(point.GetHistogramCount()).Append('\n');
    }

    private static string Value(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number(point.GetSumDouble()),
        MetricType.LongGauge => point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleGauge => Number(point.GetGaugeLastValueDouble()),
        _ => "NaN",
    };

    private static string Labels(ReadOnlyTagCollection tags, string? bound)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            Append(labels, Sanitize(name), Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }

        if (bound is not null)
        {
            Append(labels, "le", bound);
        }

        return labels.Length == 0 ? "" : labels.Append('}').ToString();
    }

    private static void Append(StringBuilder labels, string name, string value) =>
        labels.Append(labels.Length == 0 ? '{' : ',').Append(name).Append("=\"").Append(EscapeLabel(value)).Append('"');

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Sanitize(string name) =>
        string.Create(name.Length, name, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
            }
        });

    private static string EscapeLabel(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeHelp(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
