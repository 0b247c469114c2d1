using System.Text;

namespace Sidecar.Adapter.Metrics;

/// Reads and writes the Prometheus text format, family by family: the format wants all samples of a metric in one place, so
/// several texts can't just stand one behind the other.
internal sealed class MetricText
{
    private readonly List<MetricFamily> _families = [];
    private readonly Dictionary<string, MetricFamily> _byName = new(StringComparer.Ordinal);

    /// Adds every sample of a text, labelled with its source unless that is null. Throws InvalidDataException for a line that is
    /// none, or for more series than the limit.
    public void Add(string text, string? source, int maxSeries)
    {
        MetricFamily? current = null;
        var added = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).Trim();
            if (line.Length == 0)
                continue;

            if (line[0] == '#')
            {
                current = Describe(line, current);
                continue;
            }

            if (++added > maxSeries)
                throw new InvalidDataException($"more than {maxSeries} series");

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
            if (family.Help is not null)
                text.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help).Append('\n');
            if (family.Type is not null)
                text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Type).Append('\n');
            foreach (var sample in family.Samples)
                text.Append(sample).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('_' or ':'))
                return false;
        }
        return name.Length > 0 && !char.IsAsciiDigit(name[0]);
    }

    // "# TYPE name kind" and "# HELP name text"; any other comment says nothing.
    private MetricFamily? Describe(ReadOnlySpan<char> line, MetricFamily? current)
    {
        var rest = line[1..].TrimStart();
        var isHelp = rest.StartsWith("HELP ");
        if (!isHelp && !rest.StartsWith("TYPE "))
            return current;

        rest = rest[5..].TrimStart();
        var blank = rest.IndexOf(' ');
        var name = blank < 0 ? rest : rest[..blank];
        if (!IsName(name))
            throw new InvalidDataException("a line that is no metric");

        var family = Family(name.ToString());
        var said = blank < 0 ? "" : rest[(blank + 1)..].Trim().ToString();
        // The first to describe it is right: two sources may say it differently.
        if (isHelp)
            family.Help ??= said;
        else
            family.Type ??= said;
        return family;
    }

    private void AddSample(ReadOnlySpan<char> line, string? source, ref MetricFamily? current)
    {
        var end = line.IndexOfAny('{', ' ', '\t');
        if (end < 1 || !IsName(line[..end]))
            throw new InvalidDataException("a line that is no metric");

        var name = line[..end];
        if (current is null || !IsOf(current, name))
            current = Family(name.ToString());
        var rest = line[end..].TrimStart();
        if (rest.Length == 0)
            throw new InvalidDataException("a line that is no metric");

        if (source is null)
            current.Samples.Add(line.ToString());
        else if (rest[0] == '{' && rest.Length > 1 && rest[1..].TrimStart() is var labels)
            current.Samples.Add($"{name}{{source=\"{source}\"{(labels.StartsWith("}") ? "" : ",")}{labels}");
        else
            current.Samples.Add($"{name}{{source=\"{source}\"}} {rest}");
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
            "_info" => family.Type == "info",
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
