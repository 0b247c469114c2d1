using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin.Page;

/// <summary>/status as JSON, and / as the page of the same for a person, for callers on this host unless it is opened to all.</summary>
internal sealed class StatusPage(StatusDocument document, AgentState state, BoundSettings settings)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly bool _isExposed = settings.Get(SharedSettings.AdminExpose) == ExposedPages.Status;

    public void Map(AdminEndpoints endpoints)
    {
        endpoints.Get("/status", context => GuardedAsync(context, "application/json", () => document.Now().ToJsonString(Indented) + "\n"));
        endpoints.Get("/", context => GuardedAsync(context, "text/html; charset=utf-8", () =>
        {
            context.Response.Headers.ContentSecurityPolicy = PageAssets.Policy;
            return new PageHtml(document.Now(), state.Sections).Write();
        }));
    }

    private Task GuardedAsync(HttpContext context, string contentType, Func<string> body)
    {
        if (!_isExposed && AccessRules.Refusal(context) is { } refusal)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Answers.TextAsync(context, $"{refusal}; {SharedSettings.AdminExpose.Variable}=status opens it\n");
        }

        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return Answers.BytesAsync(context, contentType, Encoding.UTF8.GetBytes(body()));
    }
}
