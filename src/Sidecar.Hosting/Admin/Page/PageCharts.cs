using System.Globalization;
using System.Text;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin.Page;

/// <summary>Small pictures, each with the same in words for whoever does not see it: health by the minute, a figure's course, a probe's last answers.</summary>
internal static class PageCharts
{
    private const int SparkHeight = 24;

    /// <summary>One stretch for as long as the state is the same; the worse, the taller.</summary>
    public static void Minutes(Html page, string[] minutes, DateTimeOffset now)
    {
        page.Add($"<svg class=\"strip\" viewBox=\"0 0 {minutes.Length} 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{InWords(minutes)}\">");
        for (var from = 0; from < minutes.Length;)
        {
            var until = EndOfRun(minutes, from);
            var (height, word) = (HeightOf(minutes[from]), minutes[from].Length == 0 ? "not running" : minutes[from]);
            page.Add($"<rect class=\"{(minutes[from].Length == 0 ? "off" : Tone.Of(minutes[from]))}\" x=\"{from}\" y=\"{8 - height}\" width=\"{until - from}\" height=\"{height}\">");
            page.Add($"<title>{At(from)} to {At(until)}: {word}</title></rect>");
            from = until;
        }

        page.Add($"</svg>");

        string At(int minute) => PageText.Clock(now.AddMinutes(minute - minutes.Length))[..5];
    }

    public static void Spark(Html page, string name, string unit, double[] recent)
    {
        if (recent.Length == 0)
        {
            page.Add($"<svg class=\"spark\" aria-hidden=\"true\"></svg>");
            return;
        }

        var top = Math.Max(recent.Max(), 1e-9);
        var points = new StringBuilder();
        // The newest stands at the right, also while there are few.
        var first = Series.Kept - recent.Length;
        for (var i = 0; i < recent.Length; i++)
        {
            var height = 1 + ((SparkHeight - 2) * Math.Max(0, recent[i]) / top);
            points.Append(CultureInfo.InvariantCulture, $"{first + i},{SparkHeight - height:0.#} ");
        }

        var words = $"{name}: between {PageText.Figure(recent.Min(), unit)} and {PageText.Figure(recent.Max(), unit)} in the last ten minutes";
        page.Add($"<svg class=\"spark\" viewBox=\"0 0 {Series.Kept - 1} {SparkHeight}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{words}\">");
        page.Add($"<polygon points=\"{first},{SparkHeight} {points.ToString()}{Series.Kept - 1},{SparkHeight}\"/><polyline points=\"{points.ToString()}\"/></svg>");
    }

    /// <param name="answers">One letter an answer, the newest last.</param>
    public static void Answers(Html page, string answers)
    {
        var passed = answers.Count(answer => answer is '.' or 'w');
        page.Add($"<svg class=\"answers\" viewBox=\"0 0 {Math.Max(30, answers.Length)} 8\" preserveAspectRatio=\"none\" role=\"img\" ");
        page.Add($"aria-label=\"{passed} of the last {answers.Length} passed\">");
        for (var i = 0; i < answers.Length; i++)
        {
            var word = answers[i] switch { '.' => "up", 'w' => "degraded", '?' => "unknown", _ => "down" };
            page.Add($"<rect class=\"{Tone.Of(word)}\" x=\"{i}\" y=\"{8 - HeightOf(word)}\" width=\"1\" height=\"{HeightOf(word)}\"/>");
        }

        page.Add($"</svg>");
    }

    private static int EndOfRun(string[] minutes, int from)
    {
        var until = from + 1;
        while (until < minutes.Length && minutes[until] == minutes[from])
        {
            until++;
        }

        return until;
    }

    private static string InWords(string[] minutes) => "The last hour, by the minute: " + string.Join(", ", minutes
        .Where(minute => minute.Length > 0).GroupBy(minute => minute).Select(group => $"{group.Count()} min {group.Key}"));

    private static int HeightOf(string word) => Tone.Of(word) switch { "good" => 4, "warn" => 6, "bad" => 8, _ => word.Length == 0 ? 1 : 3 };
}
