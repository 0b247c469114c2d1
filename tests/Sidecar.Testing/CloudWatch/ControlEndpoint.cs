using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Testing.CloudWatch;

/// Lets another process drive the stand-in: `POST /_control?fault=throttle&amp;seconds=5` (or `times=3`, `operation=PutLogEvents`,
/// `delayMs=500` for slow; `fault=none` ends it), and `GET /_control` for the counters.
internal static class ControlEndpoint
{
    public static async Task ServeAsync(CloudWatchStandIn standIn, HttpContext context)
    {
        if (context.Request.Method == "POST" && !TryApply(standIn, context.Request.Query))
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync($"fault is one of {string.Join(", ", Enum.GetNames<StandInFault>()).ToLowerInvariant()}\n", context.RequestAborted);
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(State(standIn).ToJsonString() + "\n", context.RequestAborted);
    }

    private static bool TryApply(CloudWatchStandIn standIn, IQueryCollection query)
    {
        if (!Enum.TryParse<StandInFault>(query["fault"], ignoreCase: true, out var fault) || !Enum.IsDefined(fault))
            return false;
        if (fault == StandInFault.None)
        {
            standIn.Faults.End();
            return true;
        }

        standIn.Faults.Begin(
            fault,
            Number(query, "times") is { } times ? (int)times : null,
            Number(query, "seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            query["operation"].FirstOrDefault(),
            Number(query, "delayMs") is { } delay ? TimeSpan.FromMilliseconds(delay) : null);
        return true;
    }

    private static double? Number(IQueryCollection query, string name) =>
        double.TryParse(query[name], CultureInfo.InvariantCulture, out var number) ? number : null;

    private static JsonObject State(CloudWatchStandIn standIn) => new()
    {
        ["calls"] = new JsonObject(standIn.AllCalls.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value))),
        ["batchesStored"] = standIn.BatchesStored,
        ["faultsServed"] = standIn.Faults.Served,
        ["signatureFailures"] = new JsonArray([.. standIn.SignatureFailures.Select(f => (JsonNode)f)]),
        ["ruleViolations"] = new JsonArray([.. standIn.RuleViolations.Select(v => (JsonNode)v)]),
        ["groups"] = new JsonObject(standIn.Groups.Select(g => KeyValuePair.Create(g.Name, (JsonNode?)new JsonObject
        {
            ["retentionInDays"] = g.RetentionDays,
            ["streams"] = new JsonObject(g.Streams.Select(s => KeyValuePair.Create(s, (JsonNode?)standIn.Events(g.Name, s).Count))),
        }))),
    };
}
