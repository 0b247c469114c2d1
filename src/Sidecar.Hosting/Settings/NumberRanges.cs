using System.Globalization;

namespace Sidecar.Hosting.Settings;

/// Numbers that are right, as a user lists them: 200-399, 200;204, 2- (two or more).
public sealed class NumberRanges
{
    private readonly IReadOnlyList<(int Least, int Most)> _ranges;
    private readonly string _text;

    private NumberRanges(IReadOnlyList<(int Least, int Most)> ranges, string text)
    {
        _ranges = ranges;
        _text = text;
    }

    public int Least => _ranges.Min(range => range.Least);

    /// The number when it is only one.
    public int? Single => _ranges is [var (least, most)] && least == most ? least : null;

    /// True when any larger number is right as well, so that counting can stop early.
    public bool IsOpenEnded => _ranges.Any(range => range.Most == int.MaxValue);

    /// True when there is no number, from 0 on, that is wrong.
    public bool HoldsAnything
    {
        get
        {
            long next = 0;
            foreach (var (least, most) in _ranges.OrderBy(range => range.Least))
            {
                if (least > next)
                    return false;

                next = Math.Max(next, most + 1L);
            }
            return next > int.MaxValue;
        }
    }

    public static Parsed<NumberRanges> Read(string text, int least, int most)
    {
        var wrong = Parsed.Wrong<NumberRanges>(
            $"numbers from {least}" + (most == int.MaxValue ? "" : $" to {most}") + " and ranges of them, separated by ;");
        List<(int, int)> ranges = [];
        foreach (var item in ValueForms.List(text))
        {
            var dash = item.IndexOf('-', StringComparison.Ordinal);
            var isOpen = dash >= 0 && dash == item.Length - 1 && most == int.MaxValue;
            if (!TryNumber(dash < 0 ? item : item[..dash], out var first))
                return wrong;

            var last = first;
            if (isOpen)
                last = int.MaxValue;
            else if (dash >= 0 && !TryNumber(item[(dash + 1)..], out last))
                return wrong;

            if (first < least || last > most || last < first)
                return wrong;

            ranges.Add((first, last));
        }
        return ranges.Count == 0 ? wrong : Parsed.Right(new NumberRanges(ranges, text));
    }

    public bool Contains(int number) => _ranges.Any(range => number >= range.Least && number <= range.Most);

    /// True when a range that lies within the limits holds the number: the user means that number, not a wide band around it.
    public bool Names(int number, int least, int most) =>
        _ranges.Any(range => range.Least >= least && range.Most <= most && number >= range.Least && number <= range.Most);

    public override string ToString() => _text;

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
