using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Push;
using Sidecar.Hosting.Admin;

namespace Sidecar.Adapter.Endpoints;

/// PUT /push/&lt;name&gt;: the app, or a job of it, reports how it is. For callers on this host only.
internal sealed class PushEndpoint(IEnumerable<ProbePlan> plans)
{
    private const int MaxBodyChars = 1024;

    private readonly Dictionary<string, PushBox> _boxes = plans
        .Where(plan => plan.Target.Box is not null)
        .ToDictionary(plan => plan.Name, plan => plan.Target.Box!, StringComparer.OrdinalIgnoreCase);

    public void Map(AdminEndpoints endpoints)
    {
        if (_boxes.Count > 0)
            endpoints.PutUnder("/push", TakeAsync);
    }

    private async Task TakeAsync(HttpContext context, string name)
    {
        if (!_boxes.TryGetValue(name, out var box))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await Answers.TextAsync(context, $"no probe takes reports by that name; known: {string.Join(' ', _boxes.Keys)}\n");
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var buffer = new char[MaxBodyChars];
        var length = await reader.ReadBlockAsync(buffer, context.RequestAborted);
        if (PushReport.Read(new string(buffer, 0, length)) is not { } report)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await Answers.TextAsync(context, "nothing, ok, warn or fail is expected, and then the reason: fail the queue is stuck\n");
            return;
        }

        box.Put(report.Answer, report.Text);
        await Answers.TextAsync(context, "noted\n");
    }
}
