using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting.Admin;

namespace Sidecar.Adapter.Endpoints;

/// The app's verdict on the admin port, for everyone: answered from memory, never waiting for a probe.
internal sealed class HealthEndpoints(VerdictSource source)
{
    public const string Path = "/health";

    private const int MaxKnownChars = 1500;

    public void Map(AdminEndpoints endpoints)
    {
        endpoints.Get(Path, context => AnswerAsync(context, HealthAnswer.OfAll(source.Current)));
        endpoints.GetUnder(Path, AnswerAsync);
    }

    private Task AnswerAsync(HttpContext context, string name)
    {
        var verdict = source.Current;
        if (HealthAnswer.Of(verdict, name) is { } answer)
            return AnswerAsync(context, answer);

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        var known = string.Join(' ', verdict.Groups.Select(group => group.Name).Concat(verdict.Probes.Select(probe => probe.Name)));
        return Answers.TextAsync(context, $"no such group or probe; known: {(known.Length > MaxKnownChars ? known[..MaxKnownChars] + "..." : known)}\n");
    }

    private static Task AnswerAsync(HttpContext context, HealthAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        return context.Request.QueryString.Value is "?format=text"
            ? Answers.BytesAsync(context, "text/plain; charset=utf-8", HealthBody.Text(answer))
            : Answers.BytesAsync(context, "application/health+json", HealthBody.Json(answer));
    }
}
