using System.Text;
using Microsoft.AspNetCore.Http;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin;

/// <summary>
/// /livez, /readyz and /startupz: of the agent itself, exactly 200 or 503, with reasons. The outside never turns them unless
/// SIDECAR_READY_WHEN=upstream asks for it: the readiness of a native sidecar counts in its pod's.
/// </summary>
internal sealed class HealthPages(AgentState state, Loops loops, BoundSettings settings)
{
    public void Map(AdminEndpoints endpoints)
    {
        endpoints.Get("/livez", context => AnswerAsync(context, StuckLoops()));
        endpoints.Get("/readyz", AnswerReadyAsync);
        endpoints.Get("/startupz", context => AnswerAsync(context, Unmet()));
    }

    private Task AnswerReadyAsync(HttpContext context)
    {
        var own = NotReady().ToArray();
        if (state.Withdrawal is not { Reason: { } asked, Name: var by })
        {
            return AnswerAsync(context, own);
        }

        if (own.Length == 0)
        {
            context.Response.Headers[AgentState.WithdrawnHeader] = by;
        }

        return AnswerAsync(context, [.. own, $"{by}: {asked}"]);
    }

    private IEnumerable<string> StuckLoops() =>
        loops.All.Where(loop => loop.IsStuck).Select(loop => $"loop '{loop.Name}' has made no progress for {ValueForms.Show(Round(loop.Silence))}");

    private IEnumerable<string> NotReady()
    {
        var outside = settings.Get(SharedSettings.ReadyWhen) == ReadyWhen.Upstream
            ? state.Troubles.Where(trouble => trouble.IsOn).Select(trouble => $"{trouble.Name}: {trouble.Reason}")
            : [];
        return (state.IsDraining ? ["draining"] : Array.Empty<string>()).Concat(Unmet()).Concat(outside);
    }

    private IEnumerable<string> Unmet() => state.UnmetConditions.Select(condition => $"{condition.Name}: {condition.Reason}");

    private Task AnswerAsync(HttpContext context, IEnumerable<string> reasons)
    {
        var why = reasons.ToArray();
        var body = new StringBuilder(why.Length == 0 ? "ok\n" : "not ok\n");
        foreach (var reason in why)
        {
            body.Append(reason).Append('\n');
        }

        foreach (var trouble in state.Troubles.Where(trouble => trouble.IsOn))
        {
            body.Append("degraded: ").Append(trouble.Name).Append(": ").Append(trouble.Reason).Append('\n');
        }

        context.Response.StatusCode = why.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Answers.TextAsync(context, body.ToString());
    }

    private static TimeSpan Round(TimeSpan value) => TimeSpan.FromSeconds(Math.Round(value.TotalSeconds));
}
