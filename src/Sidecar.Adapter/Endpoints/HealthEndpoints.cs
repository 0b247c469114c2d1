using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting.Admin;

namespace Sidecar.Adapter.Endpoints;

/// The app's verdict on the admin port, for everyone: answered from memory, never waiting for a probe.
internal sealed class HealthEndpoints(VerdictSource source, ProbeService probes, int degradedStatus, TimeProvider time)
{
    public const string Path = "/health";
    public const string MaintenancePath = "/control/maintenance";

    private const int MaxKnownChars = 1500;

    private volatile RenderedVerdict _rendered = new(source.Current);

    public void Map(AdminEndpoints endpoints)
    {
        endpoints.Get(Path, context =>
        {
            var verdict = source.Current;
            return AnswerAsync(context, verdict, HealthAnswer.OfAll(verdict));
        });
        endpoints.GetUnder(Path, AnswerAsync);
        endpoints.PostGuarded(MaintenancePath, MaintainAsync);
    }

    private Task AnswerAsync(HttpContext context, string name)
    {
        if (context.Request.QueryString.Value is "?debug")
            return AdminEndpoints.GuardedAsync(context, () => DebugAsync(context, name));

        var verdict = source.Current;
        if (HealthAnswer.Of(verdict, name) is { } answer)
            return AnswerAsync(context, verdict, answer);

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        var known = string.Join(' ', verdict.Groups.Select(group => group.Name).Concat(verdict.Probes.Select(probe => probe.Name)));
        return Answers.TextAsync(context, $"no such group or probe; known: {Excerpt.Of(known, MaxKnownChars)}\n");
    }

    private Task AnswerAsync(HttpContext context, Verdict verdict, HealthAnswer answer)
    {
        if (HealthFormats.Of(context.Request) is not { } format)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Answers.TextAsync(context, $"no such format; known: {HealthFormats.Names}\n");
        }

        context.Response.StatusCode = answer.Status(degradedStatus);
        return Answers.BytesAsync(context, HealthFormats.ContentType(format), BodyOf(verdict, answer, format));
    }

    // Orchestrators ask the same more often than the verdict changes.
    private ReadOnlyMemory<byte> BodyOf(Verdict verdict, HealthAnswer answer, HealthFormat format)
    {
        var rendered = _rendered;
        if (!ReferenceEquals(rendered.Verdict, verdict))
            _rendered = rendered = new RenderedVerdict(verdict);
        return rendered.BodyOf(answer, format);
    }

    // The one answer that waits: it asks the probe now, and shows every step.
    private async Task DebugAsync(HttpContext context, string name)
    {
        var steps = ProbeSteps.Watch(time);
        if (await probes.AskNowAsync(name, context.RequestAborted) is not { } result)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await Answers.TextAsync(context, $"no probe is called {name}\n");
            return;
        }

        steps.Add($"{result.Outcome}: {result.Reason}{(result.TraceId is { } trace ? $", trace_id={trace}" : "")}");
        await Answers.TextAsync(context, result.Detail is null ? $"{steps}\n" : $"{steps}\n\n{result.Detail}\n");
    }

    private async Task MaintainAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var buffer = new char[8];
        var said = new string(buffer, 0, await reader.ReadBlockAsync(buffer, context.RequestAborted)).Trim();
        if (said is not ("on" or "off"))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await Answers.TextAsync(context, "on or off is expected\n");
            return;
        }

        source.Maintain(said == "on");
        await Answers.TextAsync(context, $"maintenance is {said}\n");
    }
}
