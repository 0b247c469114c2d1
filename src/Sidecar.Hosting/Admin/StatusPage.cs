using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin;

/// <summary>/status as JSON and / as a plain page: build, state, troubles, loops, settings and each agent's own sections. No outside resources.</summary>
internal sealed class StatusPage(AgentState state, Loops loops, BoundSettings settings, BuildInfo build, TimeProvider time)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly bool _isExposed = settings.Get(SharedSettings.AdminExpose) == ExposedPages.Status;

    public void Map(AdminEndpoints endpoints)
    {
        endpoints.Get("/status", context => GuardedAsync(context, "application/json", () => Json().ToJsonString(Indented) + "\n"));
        endpoints.Get("/", context => GuardedAsync(context, "text/html; charset=utf-8", Html));
    }

    private Task GuardedAsync(HttpContext context, string contentType, Func<string> body)
    {
        if (!_isExposed && AccessRules.Refusal(context) is { } refusal)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Answers.TextAsync(context, $"{refusal}; {SharedSettings.AdminExpose.Variable}=status opens it\n");
        }

        return Answers.BytesAsync(context, contentType, Encoding.UTF8.GetBytes(body()));
    }

    private JsonObject Json()
    {
        var status = new JsonObject
        {
            ["program"] = build.Program,
            ["version"] = build.Version,
            ["commit"] = build.Commit,
            ["started_at"] = state.StartedAt.ToString("O"),
            ["uptime_seconds"] = Math.Round((time.GetUtcNow() - state.StartedAt).TotalSeconds, 1),
            ["draining"] = state.IsDraining,
            ["not_ready"] = new JsonArray([.. state.UnmetConditions.Select(condition => (JsonNode)$"{condition.Name}: {condition.Reason}")]),
            ["degraded"] = new JsonArray([.. state.Troubles.Where(trouble => trouble.IsOn).Select(Node)]),
            ["loops"] = new JsonArray([.. loops.All.Select(Node)]),
            ["warnings"] = new JsonArray([.. settings.Warnings.Select(warning => (JsonNode)warning)]),
        };
        foreach (var (name, section) in state.Sections)
        {
            status[name] = section();
        }

        status["settings"] = new JsonArray([.. SettingsText.Given(settings).Select(line => (JsonNode)line)]);
        return status;
    }

    private static JsonNode Node(Trouble trouble) => new JsonObject
    {
        ["name"] = trouble.Name,
        ["reason"] = trouble.Reason,
        ["since"] = trouble.Since?.ToString("O"),
    };

    private static JsonNode Node(Loop loop) => new JsonObject
    {
        ["name"] = loop.Name,
        ["silent_seconds"] = Math.Round(loop.Silence.TotalSeconds, 1),
        ["failures_in_a_row"] = loop.FailuresInARow,
        ["stuck"] = loop.IsStuck,
    };

    private string Html()
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>").Append(Escape(build.Program)).Append("</title><style>")
            .Append("body{font:14px system-ui,sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse;margin:.3em 0 1.2em}")
            .Append("td,th{border:1px solid #ccc;padding:.25em .6em;text-align:left;vertical-align:top}h1{font-size:1.4em}h2{font-size:1.1em}</style></head><body><h1>")
            .Append(Escape(build.ToString())).Append("</h1>");
        foreach (var (name, value) in Json())
        {
            if (value is JsonObject or JsonArray)
            {
                page.Append("<h2>").Append(Escape(name)).Append("</h2>");
                Append(page, value);
            }
            else
            {
                page.Append("<div><b>").Append(Escape(name)).Append("</b> ").Append(Escape(value?.ToString() ?? "")).Append("</div>");
            }
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Append(StringBuilder page, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } entries:
                page.Append("<table>");
                foreach (var (name, value) in entries)
                {
                    page.Append("<tr><th>").Append(Escape(name)).Append("</th><td>");
                    Append(page, value);
                    page.Append("</td></tr>");
                }

                page.Append("</table>");
                break;
            case JsonArray { Count: > 0 } items:
                foreach (var item in items)
                {
                    Append(page, item);
                    page.Append("<br>");
                }

                break;
            case JsonObject or JsonArray:
                page.Append("none");
                break;
            default:
                page.Append(Escape(node?.ToString() ?? ""));
                break;
        }
    }

    private static string Escape(string text) => HtmlEncoder.Default.Encode(text);
}
