using System.Globalization;
using System.Text.Json.Nodes;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin.Page;

/// <summary>
/// The page for a person, made of what /status says: is it well, since when, what is wrong and what to do about it, how it was, what
/// it does. It is whole without the script, which only asks for it again and puts what changed in its place.
/// </summary>
internal sealed class PageHtml
{
    private const int MaxLines = 30;
    private const int OpenChanges = 5;

    private readonly Html _page = new();
    private readonly JsonObject _status;
    private readonly IReadOnlyList<StatusSection> _sections;
    private readonly DateTimeOffset _now;

    public PageHtml(JsonObject status, IReadOnlyList<StatusSection> sections)
    {
        (_status, _sections) = (status, sections);
        _now = PageText.Time(_status["now"]) ?? default;
    }

    public string Write()
    {
        var (program, state) = (Text("program"), Text("state"));
        Head(program, state);
        _page.Add($"<main id=\"main\" tabindex=\"-1\" class=\"{Tone.Of(state)}\">");
        Verdict(state);
        Problems();
        Notes();
        Health();
        Figures();
        Lines("What it does", "does");
        foreach (var section in _sections)
        {
            Section(section);
        }

        Inside();
        _page.Add($"</main></body></html>\n");
        return _page.ToString();
    }

    private void Head(string program, string state)
    {
        // The icon's colour is that of the state; the words beside it say the same.
        var colour = Tone.Of(state) switch { "good" => "1a7f37", "warn" => "bf8700", "bad" => "cf222e", _ => "57606a" };
        _page.Add($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        _page.Add($"<meta name=\"color-scheme\" content=\"light dark\"><title>{state} - {program}</title>");
        _page.Add($"<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='4' fill='%23{colour}'/%3E%3C/svg%3E\">");
        _page.Add($"<style>");
        _page.AddAsset(PageAssets.Style);
        _page.Add($"</style><script type=\"module\">");
        _page.AddAsset(PageAssets.Script);
        _page.Add($"</script></head><body><a class=\"skip\" href=\"#main\">Skip to the state</a><header><p><b>{program}</b> {Text("version")} <small>({Text("commit")})</small></p>");
        _page.Add($"<nav aria-label=\"This agent\"><a href=\"/\">Reload</a> <a href=\"/status\">JSON</a> <a href=\"/metrics\">Metrics</a> <a href=\"/readyz\">Readiness</a></nav>");
        _page.Add($"<p id=\"live\" role=\"status\"></p></header>");
    }

    private void Verdict(string state)
    {
        var (since, started) = (PageText.Time(_status["since"]) ?? _now, PageText.Time(_status["started_at"]) ?? _now);
        _page.Add($"<div class=\"verdict {Tone.Of(state)}\"><div role=\"status\"><h1>{Text("subject")} is {state}</h1></div>");
        _page.Add($"<p>since {PageText.Moment(since, _now)}, for {PageText.Duration((_now - since).TotalSeconds)}; ");
        _page.Add($"started {PageText.Moment(started, _now)}; as of <span id=\"now\">{PageText.Clock(_now)}</span></p></div>");
    }

    private void Problems()
    {
        var problems = Array("problems");
        if (problems.Count == 0)
        {
            return;
        }

        _page.Add($"<section><h2>What is wrong, and what to do</h2><ul class=\"problems\">");
        foreach (var problem in problems.OfType<JsonObject>().Take(MaxLines))
        {
            var (level, name) = (PageText.Plain(problem["level"]), PageText.Plain(problem["name"]));
            _page.Add($"<li class=\"{Tone.Of(level)}\" data-key=\"{name}\"><h3>{name} <span class=\"badge {Tone.Of(level)}\">{level}</span></h3><p>{PageText.Plain(problem["reason"])}</p>");
            if (problem["do"] is { } remedy)
            {
                _page.Add($"<p><b>What to do:</b> {PageText.Plain(remedy)}</p>");
            }

            if (PageText.Time(problem["since"]) is { } since)
            {
                _page.Add($"<p class=\"none\">since {PageText.Moment(since, _now)}, for {PageText.Duration((_now - since).TotalSeconds)}</p>");
            }

            _page.Add($"</li>");
        }

        _page.Add($"</ul><p class=\"none\">docs/troubleshooting.md leads from symptoms to causes.</p></section>");
    }

    private void Notes()
    {
        if (Array("warnings").Count > 0)
        {
            Lines("Warnings about the settings", "warnings");
        }
    }

    private void Health()
    {
        _page.Add($"<section><h2>The last hour</h2>");
        PageCharts.Minutes(_page, [.. Array("minutes").Select(minute => PageText.Plain(minute))], _now);
        _page.Add($"<p class=\"scale\" aria-hidden=\"true\"><span>60 min ago</span><span>now</span></p>");
        var changes = Array("changes").OfType<JsonObject>().ToList();
        Changes(changes.Take(OpenChanges));
        if (changes.Count > OpenChanges)
        {
            _page.Add($"<details><summary>{changes.Count - OpenChanges} changes before</summary>");
            Changes(changes.Skip(OpenChanges));
            _page.Add($"</details>");
        }

        _page.Add($"</section>");
    }

    private void Changes(IEnumerable<JsonObject> changes)
    {
        _page.Add($"<ol class=\"changes\">");
        foreach (var change in changes)
        {
            var (at, state) = (PageText.Time(change["at"]) ?? _now, PageText.Plain(change["state"]));
            _page.Add($"<li><time datetime=\"{at.ToString("s", CultureInfo.InvariantCulture)}Z\">{PageText.Moment(at, _now)}</time> ");
            _page.Add($"<span class=\"badge {Tone.Of(state)}\">{state}</span> <span>{PageText.Plain(change["why"])}</span></li>");
        }

        _page.Add($"</ol>");
    }

    private void Figures()
    {
        var figures = Array("figures");
        if (figures.Count == 0)
        {
            return;
        }

        _page.Add($"<section><h2>The last ten minutes</h2><ul class=\"figures\">");
        foreach (var figure in figures.OfType<JsonObject>())
        {
            var (name, unit) = (PageText.Plain(figure["name"]), PageText.Plain(figure["unit"]));
            double[] recent = [.. figure["recent"]!.AsArray().Select(PageText.Number)];
            _page.Add($"<li><h3>{name}</h3><p class=\"figure\">{(recent.Length == 0 ? "not yet" : PageText.Figure(recent[^1], unit))}</p>");
            PageCharts.Spark(_page, name, unit, recent);
            _page.Add($"</li>");
        }

        _page.Add($"</ul></section>");
    }

    private void Lines(string title, string field)
    {
        var lines = Array(field);
        _page.Add($"<section><h2>{title}</h2><ul>");
        foreach (var line in lines.Take(MaxLines).TakeWhile(_ => !_page.IsFull))
        {
            _page.Add($"<li>{PageText.Plain(line)}</li>");
        }

        _page.Add($"</ul>{(lines.Count > MaxLines ? "The others stand in /status." : "")}</section>");
    }

    private void Section(StatusSection section)
    {
        if (_status[section.Name] is not { } part || PageText.IsEmpty(part))
        {
            return;
        }

        foreach (var table in section.Tables)
        {
            new PageTable(_page, table, _now).Write(part);
        }

        if (section.Tables.Count == 0)
        {
            _page.Add($"<section><h2>{PageText.Label(section.Name)}</h2><p>{PageText.Flat(part)}</p></section>");
        }
    }

    private void Inside()
    {
        _page.Add($"<section><h2>Inside</h2><details><summary>Settings that were given</summary><ul>");
        foreach (var setting in Array("settings").Take(MaxLines).TakeWhile(_ => !_page.IsFull))
        {
            _page.Add($"<li><code>{PageText.Plain(setting)}</code></li>");
        }

        _page.Add($"</ul></details><details><summary>Loops that the process lives by</summary><ul>");
        foreach (var loop in Array("loops").OfType<JsonObject>().Take(MaxLines).TakeWhile(_ => !_page.IsFull))
        {
            _page.Add($"<li>{PageText.Flat(loop)}</li>");
        }

        _page.Add($"</ul></details></section>");
    }

    private string Text(string field) => PageText.Plain(_status[field]);

    private JsonArray Array(string field) => _status[field] as JsonArray ?? [];
}
