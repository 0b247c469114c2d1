using System.Globalization;
using System.Text.Json.Nodes;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin.Page;

/// <summary>
/// A table of a section. Beyond so many rows it shows those first that are not well, and says how many it left out, so that a page
/// of thousands of files stays small.
/// </summary>
internal sealed class PageTable(Html page, StatusTable table, DateTimeOffset now)
{
    private const int MaxRows = 40;

    private readonly HashSet<string> _columns = [.. table.Columns.Select(column => column.Field)];

    public void Write(JsonNode section)
    {
        var rows = table.Rows(section).OfType<JsonObject>().ToList();
        var shown = rows.Count <= MaxRows ? rows : [.. rows.OrderBy(row => IsWell(row) ? 1 : 0).Take(MaxRows)];
        page.Add($"<section><h2>{table.Title} <small>{rows.Count}</small></h2>");
        if (rows.Count == 0)
        {
            page.Add($"<p class=\"none\">none</p></section>");
            return;
        }

        page.Add($"<table><caption class=\"vh\">{table.Title}</caption><thead><tr>");
        foreach (var column in table.Columns)
        {
            page.Add($"<th scope=\"col\">{column.Label}</th>");
        }

        page.Add($"</tr></thead><tbody>");
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var left = rows.Count;
        foreach (var row in shown.TakeWhile(_ => !page.IsFull))
        {
            left--;
            var name = PageText.Plain(row[table.Columns[0].Field]);
            seen[name] = seen.GetValueOrDefault(name) + 1;
            Write(row, name, seen[name] == 1 ? name : $"{name} {seen[name]}");
        }

        page.Add($"</tbody></table>");
        if (left > 0)
        {
            page.Add($"<p>{left} more are left out here, those first that are well: <a href=\"/status\">all of them as JSON</a>.</p>");
        }

        page.Add($"</section>");
    }

    private void Write(JsonObject row, string name, string key)
    {
        page.Add($"<tr data-key=\"{key}\">");
        foreach (var column in table.Columns)
        {
            var isFirst = column == table.Columns[0];
            page.Add($"<{(isFirst ? "th" : "td")} {(isFirst ? "scope" : "data-label")}=\"{(isFirst ? "row" : column.Label)}\">");
            Write(column.Form, row[column.Field]);
            if (isFirst)
            {
                Fold(row, name);
            }

            page.Add($"</{(isFirst ? "th" : "td")}>");
        }

        page.Add($"</tr>");
    }

    private void Fold(JsonObject row, string name)
    {
        var rest = row.Where(field => !_columns.Contains(field.Key) && !PageText.IsEmpty(field.Value)).ToList();
        if (rest.Count == 0 || page.IsFull)
        {
            return;
        }

        page.Add($"<details><summary>more<span class=\"vh\"> of {name}</span></summary><dl>");
        foreach (var (field, value) in rest)
        {
            page.Add($"<dt>{PageText.Label(field)}</dt><dd>{PageText.Flat(value)}</dd>");
        }

        page.Add($"</dl></details>");
    }

    private bool IsWell(JsonObject row) => !table.Columns.Any(column => row[column.Field] is { } value
        && column.Form is StatusForm.Trouble or StatusForm.State && Tone.Of(PageText.Plain(value)) != "good");

    private void Write(StatusForm form, JsonNode? value)
    {
        var text = PageText.Flat(value);
        switch (form)
        {
            case StatusForm.State:
                page.Add($"<span class=\"badge {Tone.Of(text)}\">{text switch { "true" => "up", "false" => "down", _ => text }}</span>");
                break;
            case StatusForm.Trouble:
                var isWell = value is null || Tone.Of(text) == "good";
                page.Add($"<span class=\"badge {(isWell ? "good" : "bad")}\">{(value is null ? "ok" : text)}</span>");
                break;
            case StatusForm.Answers when text.Length > 0:
                PageCharts.Answers(page, text);
                break;
            case StatusForm.Ago when PageText.Time(value) is { } time:
                page.Add($"<time datetime=\"{time.ToString("s", CultureInfo.InvariantCulture)}Z\">{PageText.Duration((now - time).TotalSeconds)} ago</time>");
                break;
            case var _ when text.Length == 0:
                page.Add($"<span class=\"none\">&ndash;</span>");
                break;
            case StatusForm.Code:
                page.Add($"<code>{text}</code>");
                break;
            case StatusForm.Bytes:
                page.Add($"{PageText.Bytes(PageText.Number(value))}");
                break;
            case StatusForm.Duration:
                page.Add($"{PageText.Duration(PageText.Number(value))}");
                break;
            default:
                page.Add($"{text}");
                break;
        }
    }
}
