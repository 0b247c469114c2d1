using System.Text.Json.Nodes;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin.Page;

/// <summary>All that the agent says of itself, as JSON: /status, and what the page is made of.</summary>
internal sealed class StatusDocument(
    AgentState state, HealthHistory history, Loops loops, BoundSettings settings, AgentPlan plan, BuildInfo build, TimeProvider time)
{
    public JsonObject Now()
    {
        var diagnosis = history.Look();
        var status = new JsonObject
        {
            ["program"] = build.Program,
            ["version"] = build.Version,
            ["commit"] = build.Commit,
            ["started_at"] = Text(state.StartedAt),
            ["now"] = Text(time.GetUtcNow()),
            ["uptime_seconds"] = Math.Round((time.GetUtcNow() - state.StartedAt).TotalSeconds, 1),
            ["subject"] = diagnosis.Subject ?? build.Program,
            ["state"] = Word(diagnosis.State),
            ["since"] = Text(history.Since),
            ["problems"] = new JsonArray([.. diagnosis.Problems.Select(Node)]),
            ["does"] = Texts(plan.Lines),
            ["draining"] = state.IsDraining,
            ["not_ready"] = Texts(state.UnmetConditions.Select(NotReady).OfType<string>()),
            ["degraded"] = new JsonArray([.. state.Troubles.Where(trouble => trouble.IsOn).Select(Node)]),
            ["minutes"] = Texts(history.RecentMinutes().Select(minute => minute is { } worst ? Word(worst) : "")),
            ["changes"] = new JsonArray([.. history.RecentChanges().Select(Node)]),
            ["figures"] = new JsonArray([.. state.Figures.Select(Node)]),
            ["loops"] = new JsonArray([.. loops.All.Select(Node)]),
            ["warnings"] = Texts(settings.Warnings),
        };
        foreach (var section in state.Sections)
        {
            status[section.Name] = section.Status();
        }

        status["settings"] = Texts(SettingsText.Given(settings));
        return status;
    }

    // It may be met while we look.
    private static string? NotReady(Condition condition) => condition.Reason is { } reason ? $"{condition.Name}: {reason}" : null;

    private static JsonNode Node(Problem problem) => new JsonObject
    {
        ["level"] = Word(problem.Level),
        ["name"] = problem.Name,
        ["reason"] = problem.Reason,
        ["since"] = problem.Since is { } since ? Text(since) : null,
        ["do"] = problem.Remedy,
    };

    private static JsonNode Node(Trouble trouble) => new JsonObject
    {
        ["name"] = trouble.Name,
        ["reason"] = trouble.Reason,
        ["since"] = trouble.Since is { } since ? Text(since) : null,
    };

    private static JsonNode Node(HealthChange change) => new JsonObject
    {
        ["at"] = Text(change.At),
        ["state"] = Word(change.State),
        ["why"] = change.Why,
    };

    private static JsonNode Node(Series series) => new JsonObject
    {
        ["name"] = series.Name,
        ["unit"] = series.Unit,
        ["recent"] = new JsonArray([.. series.Recent().Select(sample => (JsonNode)Math.Round(sample, 2))]),
    };

    private static JsonNode Node(Loop loop) => new JsonObject
    {
        ["name"] = loop.Name,
        ["silent_seconds"] = Math.Round(loop.Silence.TotalSeconds, 1),
        ["failures_in_a_row"] = loop.FailuresInARow,
        ["stuck"] = loop.IsStuck,
    };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(static JsonNode (text) => text)];

    private static string Text(DateTimeOffset at) => at.ToString("O");

    private static string Word(Wellness state) => state switch
    {
        Wellness.Healthy => "healthy",
        Wellness.Starting => "starting",
        Wellness.Draining => "draining",
        Wellness.Degraded => "degraded",
        _ => "unhealthy",
    };
}
