using System.Buffers;
using System.Globalization;

namespace Sidecar.Adapter.Metrics;

/// One sample of the Prometheus text format, `name{label="value"} 1.5 1700000000000`. As strict as Prometheus, which takes nothing of
/// a page that has one line it can't read.
internal readonly ref struct MetricSample
{
    private const string Blanks = " \t";
    private const string SourceLabel = "source";
    // Far more than anything has; comparing each with each must not become the whole cost.
    private const int MaxLabels = 128;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789+-.eE");

    private MetricSample(ReadOnlySpan<char> name, ReadOnlySpan<char> labels, ReadOnlySpan<char> numbers, bool hasSource)
    {
        Name = name;
        Labels = labels;
        Numbers = numbers;
        HasSource = hasSource;
    }

    public ReadOnlySpan<char> Name { get; }

    /// What stands between the braces.
    private ReadOnlySpan<char> Labels { get; }

    /// The value, and after it the time if there is one.
    private ReadOnlySpan<char> Numbers { get; }

    private bool HasSource { get; }

    /// False for a line whose name and labels are none. Its numbers are another question: a page is read twice, and they cost most.
    public static bool TryRead(ReadOnlySpan<char> line, out MetricSample sample)
    {
        sample = default;
        var end = line.IndexOfAny("{ \t");
        if (end < 1 || !IsName(line[..end]))
            return false;

        var rest = line[end..].TrimStart(Blanks);
        ReadOnlySpan<char> labels = default;
        var hasSource = false;
        if (rest.StartsWith('{'))
        {
            labels = rest[1..].TrimStart(Blanks);
            if (!TryMeasure(labels, out var length, out hasSource))
                return false;

            rest = labels[(length + 1)..].TrimStart(Blanks);
            labels = labels[..length];
        }
        sample = new MetricSample(line[..end], labels, rest, hasSource);
        return true;
    }

    /// Whether the value is a number, and the time too.
    public bool HasNumbers()
    {
        var end = Numbers.IndexOfAny(Blanks);
        return IsValue(end < 0 ? Numbers : Numbers[..end])
            && (end < 0 || long.TryParse(Numbers[end..].TrimStart(Blanks), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
    }

    /// The sample with the label source. One of that name that it has already goes on as exported_source, as Prometheus has it with
    /// labels that it adds itself.
    public string From(string source)
    {
        var labels = HasSource ? WithoutSource() : Labels;
        return $"{Name}{{source=\"{source}\"{(labels.IsEmpty ? "" : ",")}{labels}}} {Numbers}";
    }

    public static bool IsName(ReadOnlySpan<char> name) => IsLabel(name, orColon: true);

    private static bool IsLabel(ReadOnlySpan<char> name, bool orColon = false)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_' && !(orColon && character == ':'))
                return false;
        }
        return name.Length > 0 && !char.IsAsciiDigit(name[0]);
    }

    // Up to the closing brace. No name may stand there twice, nor the metric's own, which is a label to Prometheus too.
    private static bool TryMeasure(ReadOnlySpan<char> labels, out int length, out bool hasSource)
    {
        Span<Range> names = stackalloc Range[MaxLabels];
        (length, hasSource) = (0, false);
        for (var count = 0; !labels[length..].StartsWith('}'); count++)
        {
            if (count == MaxLabels || !TryTake(labels, ref length, out names[count]))
                return false;

            var name = labels[names[count]];
            hasSource |= name.SequenceEqual(SourceLabel);
            if (name.SequenceEqual("__name__"))
                return false;

            foreach (var earlier in names[..count])
            {
                if (labels[earlier].SequenceEqual(name))
                    return false;
            }
        }
        return true;
    }

    // `name="value"`, with the comma and the blanks behind it.
    private static bool TryTake(ReadOnlySpan<char> labels, ref int at, out Range name)
    {
        name = default;
        var rest = labels[at..];
        var end = rest.IndexOfAny("= \t");
        if (end < 1 || !IsLabel(rest[..end]))
            return false;

        name = at..(at + end);
        rest = rest[end..].TrimStart(Blanks);
        if (!rest.StartsWith('='))
            return false;

        rest = rest[1..].TrimStart(Blanks);
        var close = ClosingQuote(rest);
        if (close < 0)
            return false;

        rest = rest[(close + 1)..].TrimStart(Blanks);
        var isLast = !rest.StartsWith(',');
        rest = isLast ? rest : rest[1..].TrimStart(Blanks);
        at = labels.Length - rest.Length;
        return !isLast || rest.StartsWith('}');
    }

    private static int ClosingQuote(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith('"'))
            return -1;

        for (var at = 1; at < text.Length; at++)
        {
            var found = text[at..].IndexOfAny('"', '\\');
            if (found < 0)
                return -1;

            at += found;
            if (text[at] == '"')
                return at;

            // What is escaped, a quote perhaps, is passed over.
            at++;
        }
        return -1;
    }

    // Of the words .NET takes more than Prometheus does; a number without end is one that was too large.
    private static bool IsValue(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExcept(Digits))
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);

        var word = text[0] is '+' or '-' ? text[1..] : text;
        return word.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || word.Equals("infinity", StringComparison.OrdinalIgnoreCase)
            || text.Equals("nan", StringComparison.OrdinalIgnoreCase);
    }

    private string WithoutSource()
    {
        HashSet<string> names = [];
        var (source, at) = (default(Range), 0);
        for (var closed = $"{Labels}}}"; at < Labels.Length && TryTake(closed, ref at, out var name);)
        {
            names.Add(Labels[name].ToString());
            if (Labels[name].SequenceEqual(SourceLabel))
                source = name;
        }
        var exported = SourceLabel;
        while (names.Contains(exported))
            exported = $"exported_{exported}";
        return $"{Labels[..source.Start]}{exported}{Labels[source.End..]}";
    }
}
