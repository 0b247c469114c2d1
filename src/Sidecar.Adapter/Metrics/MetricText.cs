using System.Text;

namespace Sidecar.Adapter.Metrics;

/// Reads and writes the Prometheus text format, family by family: the format wants all samples of a metric in one place, so
/// several texts can't just stand one behind the other.
internal sealed class MetricText
{
    private readonly List<MetricFamily> _families = [];
    private readonly Dictionary<string, MetricFamily> _byName = new(StringComparer.Ordinal);

    /// Adds every sample of a text, labelled with its source unless that is null: then it is our own, and right. Throws
    /// InvalidDataException for a line that is none, or for more series than the limit, and has then added nothing.
    public void Add(string text, string? source, int maxSeries)
    {
        // First once without keeping anything: what breaks off in the middle must not leave its first half on the page.
        if (source is not null)
            Check(text, maxSeries);

        MetricFamily? current = null;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).Trim();
            if (line.StartsWith('#'))
                current = Describe(line, current);
            else if (line.Length > 0)
                AddSample(line, source, ref current);
        }
    }

    public void AddGauge(string name, string help, IEnumerable<(string Labels, double Value)> samples)
    {
        var family = Family(name);
        (family.Help, family.Type) = (help, "gauge");
        foreach (var (labels, value) in samples)
            family.Samples.Add(FormattableString.Invariant($"{name}{{{labels}}} {value:R}"));
    }

    public byte[] Write()
    {
        var text = new StringBuilder();
        foreach (var family in _families.Where(family => family.Type is null))
            Adopt(family);
        foreach (var family in _families.Where(family => family.Samples.Count > 0))
        {
            if (!string.IsNullOrEmpty(family.Help))
                text.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help).Append('\n');
            if (family.Type is not null)
                text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Type).Append('\n');
            foreach (var sample in family.Samples)
                text.Append(sample).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Check(string text, int maxSeries)
    {
        // It would end a line for Prometheus, wherever it stands.
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new InvalidDataException("a line that is no metric");

        var series = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).Trim();
            if (line.StartsWith('#') ? !IsDescription(line) : line.Length > 0 && !(MetricSample.TryRead(line, out var sample) && sample.HasNumbers()))
                throw new InvalidDataException("a line that is no metric");

            if (line.Length > 0 && line[0] != '#' && ++series > maxSeries)
                throw new InvalidDataException($"more than {maxSeries} series");
        }
    }

    private static bool IsDescription(ReadOnlySpan<char> line) =>
        !TryDescribe(line, out var isHelp, out var name, out var said) || (MetricSample.IsName(name) && (isHelp || said is "counter" or "gauge" or "histogram" or "summary" or "untyped"));

    // "# TYPE name kind" and "# HELP name text"; any other comment says nothing.
    private static bool TryDescribe(ReadOnlySpan<char> line, out bool isHelp, out ReadOnlySpan<char> name, out ReadOnlySpan<char> said)
    {
        var rest = line[1..].TrimStart();
        isHelp = rest.StartsWith("HELP ");
        name = said = default;
        if (!isHelp && !rest.StartsWith("TYPE "))
            return false;

        rest = rest[5..].TrimStart();
        var blank = rest.IndexOfAny(" \t");
        name = blank < 0 ? rest : rest[..blank];
        said = blank < 0 ? default : rest[blank..].Trim();
        return true;
    }

    private MetricFamily? Describe(ReadOnlySpan<char> line, MetricFamily? current)
    {
        if (!TryDescribe(line, out var isHelp, out var name, out var said))
            return current;

        var family = Family(name.ToString());
        // The first to describe it is right: two sources may say it differently.
        if (isHelp)
            family.Help ??= said.ToString();
        else
            family.Type ??= said.ToString();
        return family;
    }

    private void AddSample(ReadOnlySpan<char> line, string? source, ref MetricFamily? current)
    {
        var name = line[..line.IndexOfAny("{ \t")];
        if (current is null || !IsOf(current, name))
            current = Family(name.ToString());
        current.Samples.Add(source is not null && MetricSample.TryRead(line, out var sample) ? sample.From(source) : line.ToString());
    }

    // A histogram's _bucket, _sum and _count, and a counter's _total, stand under the family's own name.
    private static bool IsOf(MetricFamily family, ReadOnlySpan<char> name)
    {
        if (!name.StartsWith(family.Name))
            return false;

        return name[family.Name.Length..] switch
        {
            "" => true,
            "_sum" or "_count" => family.Type is "summary" or "histogram",
            "_bucket" => family.Type == "histogram",
            "_total" => family.Type == "counter",
            "_created" => family.Type is "summary" or "histogram" or "counter",
            _ => false,
        };
    }

    // Samples that one source gave without a description belong to the family that another one described.
    private void Adopt(MetricFamily loose)
    {
        var suffix = loose.Name.LastIndexOf('_');
        if (suffix < 1 || !_byName.TryGetValue(loose.Name[..suffix], out var family) || !IsOf(family, loose.Name))
            return;

        family.Samples.AddRange(loose.Samples);
        loose.Samples.Clear();
    }

    private MetricFamily Family(string name)
    {
        if (!_byName.TryGetValue(name, out var family))
        {
            _byName[name] = family = new MetricFamily(name);
            _families.Add(family);
        }
        return family;
    }
}
