using System.Globalization;
using Sidecar.Ambassador.Http.Hangs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http.Hedging;

/// <summary>After how long without an answer a request is asked for a second time: a time, or what so many percent of the answers took at most.</summary>
/// <param name="Percent">0 where the time counts.</param>
internal sealed record HedgeDelay(int Percent, TimeSpan Time)
{
    public const string Form = "off, p50 to p99, or a duration";

    public static readonly Setting<HedgeDelay?> Setting = AmbassadorSettings.Route.Of(
        "HEDGE", Form, null,
        "After how long without an answer a request that may be repeated goes to a second endpoint as well, and the faster one answers: a time, or what so many percent of the answers took at most.",
        Read, example: "p95", shared: true, AmbassadorSettings.Http);

    // With fewer answers it is not known what is usual.
    private const int LeastAnswers = 20;

    private const int LeastPercent = 50;

    /// <summary>Null while it can't be told.</summary>
    public TimeSpan? After(AnswerTimes times)
    {
        if (Percent == 0) return Time;
        var usual = times.Percentile(Percent, LeastAnswers);
        // Timers know no parts of a millisecond.
        return usual > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(usual.TotalMilliseconds)) : null;
    }

    public static Parsed<HedgeDelay?> Read(string text)
    {
        if (text == "off") return Parsed.Right<HedgeDelay?>(null);
        if (text.StartsWith('p'))
        {
            return int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent is >= LeastPercent and <= 99
                ? Parsed.Right<HedgeDelay?>(new HedgeDelay(percent, TimeSpan.Zero))
                : Parsed.Wrong<HedgeDelay?>($"{Form} is expected");
        }

        var time = ValueForms.Duration(text);
        return time.IsRight && time.Value > TimeSpan.Zero && time.Value <= TimeSpan.FromHours(1)
            ? Parsed.Right<HedgeDelay?>(new HedgeDelay(0, time.Value))
            : Parsed.Wrong<HedgeDelay?>($"{Form} above 0 and up to 1h is expected");
    }

    public override string ToString() => Percent > 0 ? $"p{Percent}" : ValueForms.Show(Time);
}
